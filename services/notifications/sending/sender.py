"""The sender: claims what is due, calls the provider, records what became of it, and asks about what is unknown.

Any number of workers share the sendings by claiming each on its own; what a killed worker held is looked into when
its lease runs out. Nothing is tried again before it is sure that the try before was not taken.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from chassis import telemetry
from chassis.changes import Changes, SavedFirstError
from chassis.errors import DuplicateKeyError
from chassis.metrics import Metrics
from chassis.sealing import SealBrokenError
from chassis.work import Room
from services.notifications.domain.sending import (
    LIVE,
    Accepted,
    Found,
    Kind,
    Next,
    Pace,
    Postponed,
    Result,
    State,
    after_look,
    after_try,
    outcome_of,
)
from services.notifications.providers.port import Outgoing, Provider
from services.notifications.sending.codes import to_tell
from services.notifications.sending.entries import EntryDesk
from services.notifications.sending.holding import all_read, without_read
from services.notifications.sending.staff import StaffDesk
from services.notifications.store import inboxes
from services.notifications.store.claims import Sendings
from services.notifications.store.contacts import SEALED_AS
from services.notifications.store.ids import INBOX
from services.notifications.store.sendings import Sending, move
from services.notifications.wording import code_wording, wording_of
from services.notifications.work import NotificationsWork

# How far a provider's clock may be behind ours when we ask for what it took since we called.
_SKEW = timedelta(seconds=5)
MOST_LINKS = 100
_SEALED_AS = {**SEALED_AS, INBOX: inboxes.SEALED_AS}

Decision = Callable[[Sending], Next | None]
log = structlog.get_logger("notifications.sender")


class Sender:
    """Sends and looks into one sending at a time; see `Posting` for the loop around it."""

    def __init__(
        self,
        room: Room,
        store: Sendings,
        providers: Mapping[str, Provider],
        *,
        commit: Callable[[Changes], Awaitable[None]],
        metrics: Metrics,
        pace: Pace,
        staff: StaffDesk | None = None,
        entries: EntryDesk | None = None,
    ) -> None:
        self._room = room
        self._store = store
        self._providers = providers
        self._commit = commit
        self._metrics = metrics
        self._pace = pace
        self._staff = staff or StaffDesk(None, "")
        self._entries = entries or EntryDesk(room.database, None)

    async def attempt(self, identity: str) -> None:
        """Record the intent, call the provider, record the outcome. Does nothing if somebody else has it."""
        began = time.monotonic()
        claimed = await self._store.claim(identity, now=self._room.clock.now(), lease=self._pace.lease)
        if claimed is None:
            return
        sending = await without_read(self._room, self._store, self._commit, claimed)
        if sending is None:
            await self._conclude(claimed, lambda current: all_read(current, claimed))
            return
        outgoing = await self._outgoing(sending)
        if isinstance(outgoing, Next):
            await self._conclude(sending, lambda current: outgoing)
            return
        result = await self._call(sending, outgoing, began)
        await self._conclude(sending, lambda current: self._after_try(current, sending.attempts, result))
        if isinstance(result, Accepted):
            await self._check_twice(sending.id, result.provider_id)

    async def look(self, identity: str) -> None:
        """Ask what became of a try nobody knows the outcome of. Does nothing if somebody else does."""
        sending = await self._store.look(identity, lease=self._pace.lease)
        if sending is None:
            return
        outgoing = await self._outgoing(sending)
        if isinstance(outgoing, Next):
            # Nobody can be asked without the address: for now, or for good.
            then = outgoing if outgoing.wait is not None else Next(State.UNKNOWN, "no_answer")
            await self._conclude(sending, lambda current: then)
            return
        if sending.receipt is not None:
            free = await self._free(sending, (sending.receipt["provider_id"],))
            if free:
                await self._conclude(sending, lambda current: Next(State.SENT, provider_id=free[0]))
                return
        since = (sending.started_at or self._room.clock.now()) - _SKEW
        trace = await self._providers[sending.channel].find(outgoing, sending.reference, since)
        found = await self._free(sending, trace.provider_ids) if isinstance(trace, Found) else []
        ours = found[0] if found else None
        then = after_look(trace, ours, sending.attempts, sending.age, self._pace)
        await self._conclude(sending, lambda current: then if current.state is State.UNKNOWN else None)

    async def _call(self, sending: Sending, outgoing: Outgoing, began: float) -> Result:
        traces = list(dict.fromkeys(item.trace for item in sending.items if item.trace is not None))
        parent = traces[0] if traces and sending.kind is Kind.DIRECT else None
        links = traces[:MOST_LINKS] if sending.kind is Kind.DIGEST else ()
        with telemetry.span(f"send {sending.channel}", parent=parent, links=links):
            if time.monotonic() - began > self._pace.lease / 2:
                # So late that somebody may soon look into it as abandoned: better not to call at all.
                return Postponed("late")
            called = time.monotonic()
            provider = self._providers[sending.channel]
            result = await provider.send(outgoing, sending.reference, telemetry.inject())
            seconds = time.monotonic() - called
        self._metrics.observe("notifications.provider.seconds", seconds, channel=sending.channel)
        return result

    def _after_try(self, current: Sending, attempts: int, result: Result) -> Next | None:
        if isinstance(result, Accepted):
            return after_try(result, attempts, self._pace) if current.state in LIVE else None
        if current.state is not State.ATTEMPTING or current.attempts != attempts:
            # Somebody took it for abandoned and looks into it.
            return None
        if current.receipt is not None:
            return Next(State.UNKNOWN, "no_answer", wait=0.0)
        return after_try(result, attempts, self._pace)

    async def _conclude(self, sending: Sending, decide: Decision) -> None:
        """Move the sending as decided, deciding again when it was moved meanwhile."""
        current: Sending | None = sending
        taken = False
        while current is not None:
            then = Next(State.UNKNOWN, "no_answer", wait=0.0) if taken else decide(current)
            if then is None:
                return
            trace = next((item.trace for item in current.items if item.trace), None)
            work = NotificationsWork(self._room, current.tenant, trace=trace)
            move(work, current, then)
            try:
                await self._commit(await work.finish())
            except SavedFirstError:
                current = await self._store.get(sending.id)
                continue
            except DuplicateKeyError:
                # The provider's id stands with another sending that had the same right to it: ours is another.
                taken = True
                current = await self._store.get(sending.id)
                continue
            self._tell(current, then)
            return

    async def _check_twice(self, identity: str, provider_id: str) -> None:
        """Record for the account if the provider shows this sending under two ids."""
        now = await self._store.get(identity)
        if now is None or now.state is not State.SENT:
            return
        ids = {provider_id} | ({now.receipt["provider_id"]} if now.receipt else set())
        for other in await self._free(now, sorted(ids - {now.provider_id or ""})):
            await self._store.accepted_again(identity, other)

    async def _free(self, sending: Sending, provider_ids: tuple[str, ...] | list[str]) -> list[str]:
        return await self._store.free(self._room.tenants.slugs, list(provider_ids), for_=sending.id)

    async def _outgoing(self, sending: Sending) -> Outgoing | Next:
        """What to hand over; where the sending goes when there is nobody to hand it to, as after a purge."""
        region = self._room.tenants.by_slug(sending.tenant)
        now = self._room.clock.now()
        if sending.kind is Kind.STAFF:
            return await self._staff.outgoing(sending, region, now)
        sealers = await self._room.keyring.load_many(sending.tenant, [sending.resident])
        if sending.resident not in sealers or sending.to is None:
            return Next(State.SUPPRESSED, "purged")
        try:
            to = sealers[sending.resident].unseal_text(_SEALED_AS[sending.channel], sending.to)
        except SealBrokenError:
            # Sealed with a key that is no more; the resident has come back since and has another.
            return Next(State.SUPPRESSED, "purged")
        if sending.channel == INBOX:
            return await self._entries.outgoing(sending, region, to, now)
        sender = region.sms_sender if sending.channel == "sms" else region.mail_from
        if sending.kind is Kind.CODE:
            code = await to_tell(self._room, sending, to, sealers[sending.resident], now)
            return code if isinstance(code, Next) else Outgoing(to, sender, code_wording(code), now)
        return Outgoing(to, sender, wording_of(region, sending.told), now)

    def _tell(self, sending: Sending, then: Next) -> None:
        log.info(
            "sending",
            id=sending.id,
            tenant=sending.tenant,
            channel=sending.channel,
            state=then.state.value,
            reason=then.reason,
            code=then.code,
            attempts=sending.attempts,
        )
        if then.wait is None:
            outcome = outcome_of(sending.kind, then.state)
            self._metrics.count("notifications.outcome.count", channel=sending.channel, outcome=outcome)
