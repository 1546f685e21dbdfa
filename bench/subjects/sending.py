"""The real intake and sending of direct notices in an actor, to a provider that takes each after 20 ms.

`run` lets each region ask at its own rate and tells how long the quiet ones' notices took from asking to the provider.
"""

import asyncio
import contextlib
import functools
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bench.acting import Task, act
from bench.rounds import percentile
from bench.subjects.choosing import choose_and_confirm
from bench.windows import SLUGS
from chassis.handling import Handling
from chassis.leases import Lease
from chassis.logs import configure_logs
from chassis.mongo import in_transaction
from chassis.process import surroundings
from chassis.settings import read_settings
from chassis.testing import a_record
from chassis.work import Actor, Room
from contracts.notifications import NotifyResident
from services.notifications.app import SERVICE
from services.notifications.domain.sending import Accepted, NotFound, Pace, Result, Trace
from services.notifications.providers.port import Outgoing
from services.notifications.sending.posting import Posting
from services.notifications.sending.sender import Sender
from services.notifications.settings import NotificationsSettings
from services.notifications.store import pending
from services.notifications.store.claims import Sendings
from services.notifications.work import NotificationsWork

_PROVIDER_SECONDS = 0.02
_TICK_SECONDS = 0.1
_RESIDENTS = 20
LOUD, QUIET = SLUGS[0], SLUGS[1]

# What it holds stays open until the process ends.
_open = contextlib.AsyncExitStack()


class Takes:
    """A provider that takes everything, and remembers when."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, float]] = []

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        self.taken.append((message.to, time.monotonic()))
        await asyncio.sleep(_PROVIDER_SECONDS)
        return Accepted(secrets.token_hex(8))

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        return frozenset()

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        return NotFound()


async def open_tasks() -> Mapping[str, Task]:
    configure_logs("notifications", "bench", "WARNING")
    here = await _open.enter_async_context(surroundings(SERVICE, read_settings(NotificationsSettings)))
    room = here.room
    await pending.create(room.database)
    for tenant in (LOUD, QUIET):
        await _choose(room, tenant)
    handling = Handling(room, SERVICE.reactions, NotificationsWork)
    provider, store = Takes(), Sendings(room.database)
    sender = Sender(
        room, store, {"sms": provider}, commit=here.committer.commit, metrics=here.metrics, pace=Pace()
    )
    posting = Posting(sender, store, room.tenants.slugs, here.settings.sendings_at_once)
    lease = Lease(room.database, "posting", "bench", 5.0)

    async def run(seconds: float, quiet: float, loud: float) -> dict[str, Any]:
        """p95 of the quiet region's delays while the loud one asks at its rate; then what is left is dropped."""
        provider.taken.clear()
        asked: dict[str, float] = {}
        working = asyncio.create_task(posting.run(lease))
        await asyncio.gather(
            _ask(handling, QUIET, quiet, seconds, asked), _ask(handling, LOUD, loud, seconds, {})
        )
        deadline = time.monotonic() + 30
        while len(_delays(provider, asked)) < len(asked) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_TICK_SECONDS)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        for name in ("sendings", "notices", "outbox", "inbox"):
            await room.database[name].delete_many({})
        delays = _delays(provider, asked)
        missing = len(asked) - len(delays)
        return {"p95": percentile(delays, 0.95), "sent": len(provider.taken), "missing": missing}

    return {"run": run}


async def _choose(room: Room, tenant: str) -> None:
    for number in range(_RESIDENTS):
        resident = f"res-{number:032x}"
        work = NotificationsWork(room, tenant, Actor("resident", resident))
        known = await work.contacts.find(resident)
        if known is None:
            await choose_and_confirm(work, resident, _number(tenant, number), None)
            changes = await work.finish()
            await in_transaction(room.client, functools.partial(changes.apply, room.database))


def _number(tenant: str, number: int) -> str:
    # Numbers that the Swedish regulator keeps for fiction.
    return f"+4670174{605 + number + (50 if tenant == QUIET else 0):04d}"


async def _ask(handling: Handling, tenant: str, rate: float, seconds: float, asked: dict[str, float]) -> None:
    """Ask at this rate, a tick at a time; of the quiet region each resident is asked about in turn."""
    began, count = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        wanted = int(rate * passed) - count
        if wanted:
            now = time.monotonic()
            for number in range(count, count + wanted):
                asked[str(number)] = now
            await handling.handle([_record(handling, tenant, count + extra) for extra in range(wanted)])
            count += wanted
        await asyncio.sleep(_TICK_SECONDS)


def _record(handling: Handling, tenant: str, number: int) -> Any:
    command = NotifyResident(
        recipient_id=f"res-{number % _RESIDENTS:032x}",
        moment_id="mom-bench",
        category="new_message",
        timing="direct",
        dedup_key=secrets.token_hex(8),
        asked_at=datetime.now().astimezone(),
    )
    return a_record(command, tenant=tenant, service="messaging", offset=number)


def _delays(provider: Takes, asked: Mapping[str, float]) -> list[float]:
    """Seconds from asking to the provider: a resident's notices reach it in the order they were asked for."""
    taken: dict[str, list[float]] = {}
    for to, at in provider.taken:
        taken.setdefault(to, []).append(at)
    delays = []
    for resident in range(_RESIDENTS):
        wanted = [at for number, at in asked.items() if int(number) % _RESIDENTS == resident]
        delays += [
            at - since
            for since, at in zip(wanted, sorted(taken.get(_number(QUIET, resident), [])), strict=False)
        ]
    return delays


if __name__ == "__main__":
    act(open_tasks)
