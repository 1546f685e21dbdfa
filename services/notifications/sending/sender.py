"""The sender: claims what is due, calls the provider, records what became of it, and asks about what is unknown.

Any number of workers share the sendings by claiming each on its own; what a killed worker held is looked into when
its lease runs out. Nothing is tried again before it is sure that the try before was not taken.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from chassis import telemetry
from chassis.changes import Changes, SavedFirstError
from chassis.errors import DuplicateKeyError
from chassis.logs import describe
from chassis.metrics import Metrics
from chassis.mongo import is_infrastructure
from chassis.work import Room
from services.notifications.domain.sending import (
    LIVE,
    Accepted,
    Found,
    Kind,
    Next,
    NoAnswer,
    Pace,
    Postponed,
    Result,
    State,
    Trace,
    Tried,
    after_look,
    after_try,
    outcome_of,
)
from services.notifications.providers.port import Outgoing, Provider
from services.notifications.sending.entries import EntryDesk
from services.notifications.sending.preparing import Preparing, Ready
from services.notifications.sending.staff import StaffDesk
from services.notifications.store.claims import Sendings
from services.notifications.store.sendings import Sending, move
from services.notifications.work import NotificationsWork

# How far a provider's clock may be behind ours when we ask for what it took since we called.
_SKEW = timedelta(seconds=5)
_AGAIN_SECONDS = 0.2
MOST_LINKS = 100

T = TypeVar("T")
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
        self._preparing = Preparing(
            room, staff or StaffDesk(None, ""), entries or EntryDesk(room.database, None)
        )

    async def attempt(self, identity: str) -> None:
        """Prepare, record the intent, call the provider, record the outcome. Nothing, if somebody else has it."""
        ready = await self._prepare(identity)
        if ready is None:
            return
        began = time.monotonic()
        tried = Tried(
            ready.outgoing.sender, ready.sending.told, self._asked_by(ready.sending, ready.outgoing)
        )
        sending = await self._store.claim(
            ready.sending, tried, now=self._room.clock.now(), lease=self._pace.lease
        )
        if sending is None:
            return
        result = await self._call(sending, ready.outgoing, began)
        held_until = began + self._pace.lease
        await self._conclude(sending, lambda current: self._after_try(current, sending, result), held_until)
        if isinstance(result, Accepted):
            await self._check_twice(sending.id, result.provider_id)

    async def look(self, identity: str) -> None:
        """Ask what became of a try nobody knows the outcome of. Does nothing if somebody else does."""
        began = time.monotonic()
        sending = await self._store.look(identity, lease=self._pace.lease)
        if sending is None:
            return
        then = await self._found_out(sending)
        # What was found out is about this try: it says nothing of one that somebody has begun since.
        held_until = began + self._pace.lease
        await self._conclude(
            sending, lambda current: then if _same_try(current, sending) else None, held_until
        )

    async def _prepare(self, identity: str) -> Ready | None:
        """The sending as it is due, made ready; None when there is nobody to call now."""
        while (due := await self._store.due(identity)) is not None:
            try:
                ready = await self._preparing.ready(due)
                if isinstance(ready, Ready):
                    return ready
                await self._do_instead(due, ready)
            except Exception as fault:
                if is_infrastructure(fault):
                    raise
                # Left due it would be taken up again at once, for ever, and before all that came later.
                log.error("sending-failed", id=identity, **describe(fault))
                ready = Next(State.DUE, wait=self._pace.lease, code="broken")
                await self._do_instead(due, ready)
            if isinstance(ready, Next):
                return None
        return None

    async def _do_instead(self, due: Sending, instead: Next | NotificationsWork) -> None:
        """Write it, unless the sending was moved meanwhile: then it is taken up again as it is now."""
        work = instead if isinstance(instead, NotificationsWork) else self._moving(due, instead)
        with suppress(SavedFirstError, DuplicateKeyError):
            await self._commit(await work.finish())
            if isinstance(instead, Next):
                self._tell(due, instead)

    async def _found_out(self, sending: Sending) -> Next:
        outgoing = await self._preparing.outgoing(sending)
        if isinstance(outgoing, Next):
            # Nobody can be asked without the address: for now, or for good.
            return outgoing if outgoing.wait is not None else Next(State.UNKNOWN, "no_answer")
        if sending.receipt is not None:
            free = await self._free(sending, (sending.receipt["provider_id"],))
            if free:
                return Next(State.SENT, provider_id=free[0])
        trace = await self._trace(sending, outgoing)
        found = await self._free(sending, trace.provider_ids) if isinstance(trace, Found) else []
        ours = found[0] if found else None
        if ours is None and sending.tried is None and sending.channel == "sms":
            # Looked for by today's text: an earlier release kept no record of the text it was tried with.
            trace = NoAnswer()
        return after_look(trace, ours, sending.attempts, sending.age, self._pace)

    async def _trace(self, sending: Sending, outgoing: Outgoing) -> Trace:
        """What the accounts show that the try was made with. Others, or the same of another text, cannot answer."""
        tried = sending.tried
        if tried is not None:
            outgoing = replace(outgoing, sender=tried.sender)
            if not {*tried.asked_by} <= {*self._asked_by(sending, outgoing)}:
                return NoAnswer()
        since = (sending.started_at or self._room.clock.now()) - _SKEW
        return await self._providers[sending.channel].find(outgoing, sending.reference, since)

    def _asked_by(self, sending: Sending, outgoing: Outgoing) -> tuple[str, ...]:
        found = self._providers[sending.channel].asked_by(outgoing, sending.reference)
        fingerprint = self._room.pseudonyms.fingerprint
        return tuple(sorted(fingerprint(sending.tenant, b"tried:" + each.encode())[:32] for each in found))

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

    def _after_try(self, current: Sending, tried: Sending, result: Result) -> Next | None:
        if isinstance(result, Accepted):
            return after_try(result, tried.attempts, self._pace) if current.state in LIVE else None
        if not _same_try(current, tried):
            # Somebody took it for abandoned and looks into it.
            return None
        if current.receipt is not None:
            return Next(State.UNKNOWN, "no_answer", wait=0.0)
        return after_try(result, tried.attempts, self._pace)

    async def _conclude(self, sending: Sending, decide: Decision, held_until: float) -> None:
        """Move the sending as decided, deciding again when it was moved meanwhile.

        While the database is away it is waited for as long as the sending is held: what is known now is known once.
        """
        current: Sending | None = sending
        taken = False
        while current is not None:
            then = decide(current)
            if then is None:
                return
            if taken:
                then = Next(State.UNKNOWN, "no_answer", wait=0.0)
            try:
                changes = await self._moving(current, then).finish()
                await _patiently(partial(self._commit, changes), held_until)
            except (SavedFirstError, DuplicateKeyError) as moved:
                # A provider's id that stands with another sending that had the same right to it: ours is another.
                taken = taken or isinstance(moved, DuplicateKeyError)
                current = await _patiently(partial(self._store.get, sending.id), held_until)
                continue
            self._tell(current, then)
            return

    def _moving(self, sending: Sending, then: Next) -> NotificationsWork:
        trace = next((item.trace for item in sending.items if item.trace), None)
        work = NotificationsWork(self._room, sending.tenant, trace=trace)
        move(work, sending, then)
        return work

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


async def _patiently(do: Callable[[], Awaitable[T]], until: float) -> T:
    while True:
        try:
            return await do()
        except Exception as error:
            if not is_infrastructure(error) or time.monotonic() >= until:
                raise
        await asyncio.sleep(_AGAIN_SECONDS)


def _same_try(current: Sending, sending: Sending) -> bool:
    return (current.state, current.attempts) == (sending.state, sending.attempts)
