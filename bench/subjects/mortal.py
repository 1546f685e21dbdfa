"""Workers that die: each job runs in a child of its own, killed by SIGKILL at the step it is told.

A step is the moment before a command goes to the database, the moment after its answer has come, and the same around
each call to a provider. Jobs come as lines of JSON; the answer says whether the child was killed or how it ended.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

from pymongo import monitoring

from bench.subjects.choosing import choose_and_confirm
from chassis.clock import open_clock
from chassis.committer import Committer
from chassis.handling import Handling
from chassis.keyring import Keyring
from chassis.logs import configure_logs
from chassis.masterkey import FileMasterKey
from chassis.metrics import Metrics
from chassis.mongo import connect, database
from chassis.process import surroundings
from chassis.pseudonym import Pseudonyms
from chassis.service import Surroundings
from chassis.settings import read_settings
from chassis.tenancy import Tenants
from chassis.testing import a_record
from chassis.timers import Timers
from chassis.units import Units
from chassis.work import Actor, Room
from contracts.notifications import NotifyResident
from services.notifications.app import SERVICE, ports
from services.notifications.domain.sending import LIVE, Pace, Result, Trace
from services.notifications.providers.port import Outgoing, Provider
from services.notifications.sending.entries import EntryDesk
from services.notifications.sending.flushing import Flushing
from services.notifications.sending.posting import Posting
from services.notifications.sending.sender import Sender
from services.notifications.settings import NotificationsSettings
from services.notifications.store.claims import Sendings
from services.notifications.store.conservation import balance
from services.notifications.store.flushes import Flushes
from services.notifications.store.inboxes import open_inbox
from services.notifications.work import NotificationsWork

_PACE = Pace(lease=1.6, settle=2.0, look_again=0.1, delays=(0.05,), give_up_after=50)


class Fuse(monitoring.CommandListener):
    """Counts steps once it is lit, and kills the process at the one it was given."""

    def __init__(self, at: int | None) -> None:
        self._at = at
        self._steps = 0
        self.lit = False

    def burn(self) -> None:
        if not self.lit:
            return
        if self._steps == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        self._steps += 1

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.burn()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self.burn()

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self.burn()


class Dangerous:
    """A provider with a step before and after each call."""

    def __init__(self, inner: Provider, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        self._fuse.burn()
        result = await self._inner.send(message, reference, traceparent)
        self._fuse.burn()
        return result

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        return self._inner.asked_by(message, reference)

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        self._fuse.burn()
        trace = await self._inner.find(message, reference, since)
        self._fuse.burn()
        return trace


class Jobs:
    """What a worker does, one thing at a time."""

    def __init__(
        self, here: Surroundings, providers: dict[str, Provider], entries: EntryDesk, tenant: str
    ) -> None:
        self._here = here
        self._room = here.room
        self._tenant = tenant
        self._store = Sendings(here.room.database)
        self._sender = Sender(
            here.room,
            self._store,
            providers,
            commit=here.committer.commit,
            metrics=Metrics(),
            pace=_PACE,
            entries=entries,
        )

    async def choose(self, residents: list[str], sms: list[str | None], email: list[str | None]) -> None:
        """The residents say where they want to be told."""
        for resident, number, address in zip(residents, sms, email, strict=True):
            work = NotificationsWork(self._room, self._tenant, Actor("resident", resident))
            await choose_and_confirm(work, resident, number, address)
            await self._here.committer.commit(await work.finish())

    async def log_in(self, numbers: dict[str, str]) -> None:
        """The residents look into their inboxes for the first time."""
        for resident, number in numbers.items():
            work = NotificationsWork(self._room, self._tenant, Actor("resident", resident))
            await open_inbox(work, resident, number)
            await self._here.committer.commit(await work.finish())

    async def hear(self, commands: list[dict[str, Any]], identities: list[str]) -> None:
        """The broker brings these, perhaps again."""
        records = [
            a_record(
                NotifyResident.model_validate_json(json.dumps(said)),
                tenant=self._tenant,
                service="messaging",
                identity=identity,
            )
            for said, identity in zip(commands, identities, strict=True)
        ]
        await Handling(self._room, SERVICE.reactions, NotificationsWork).handle(records)

    async def flush(self) -> None:
        """Timers fire and windows are flushed, as far as the clock has come."""
        await Timers(self._room, SERVICE.on_time, NotificationsWork).fire_due()
        flushing = Flushing(self._room, Flushes(self._room.database))
        while await flushing.flush_next(lease=0.0):
            pass

    async def send(self, residents: list[str]) -> None:
        """What is due to these residents is attempted."""
        where = {"tenant": self._tenant, "resident": {"$in": residents}, "state": "due"}
        for row in await self._room.database["sendings"].find(where, {"_id": 1}).to_list(None):
            await self._sender.attempt(row["_id"])

    async def look(self, residents: list[str]) -> None:
        """What is unknown is looked into."""
        where = {"tenant": self._tenant, "resident": {"$in": residents}, "state": "unknown"}
        for row in await self._room.database["sendings"].find(where, {"_id": 1}).to_list(None):
            await self._sender.look(row["_id"])

    async def settle(self, seconds: float) -> None:
        """Another worker does all that is left."""
        posting = Posting(self._sender, self._store, self._room.tenants.slugs, 16)
        async with asyncio.timeout(seconds):
            while await self._open():
                await self.flush()
                await posting.work_off()
                await asyncio.sleep(0.05)

    async def _open(self) -> int:
        where = {
            "tenant": self._tenant,
            "state": {"$in": [state.value for state in LIVE]},
            "next_at": {"$ne": None},
        }
        waiting: int = await self._room.database["pending"].count_documents({})
        sending: int = await self._room.database["sendings"].count_documents(where)
        return waiting + sending

    async def account(self) -> dict[str, Any]:
        """What the accounts of all days say together."""
        region, now = self._room.tenants.by_slug(self._tenant), self._room.clock.now()
        days = await self._room.database["accounts"].distinct("day", {"tenant": self._tenant})
        found = [
            await balance(self._room.client, self._room.database, region, date.fromisoformat(day), now)
            for day in days
        ]
        return {
            "asked": sum(each.asked for each in found),
            "unknown": sum(lines.get("unknown", 0) for each in found for lines in each.channels.values()),
            "differences": [said for each in found for said in each.differences],
        }


@asynccontextmanager
async def _at_hand(settings: NotificationsSettings) -> AsyncIterator[Surroundings]:
    """As `surroundings`, without looking whether every index is there: that is done once, by `choose`."""
    client = connect(settings.mongo_uri)
    try:
        own = database(client, SERVICE.name)
        keys = Keyring(
            database(client, f"{SERVICE.name}_keys"), SERVICE.name, FileMasterKey.load(settings.secrets)
        )
        room = Room(
            service=SERVICE.name,
            client=client,
            database=own,
            keyring=keys,
            clock=open_clock(settings.clock_file),
            tenants=Tenants.load(settings.tenants),
            pseudonyms=Pseudonyms.load(settings.secrets),
        )
        committer = Committer(client, own)
        yield Surroundings(settings, room, Units(room, committer, SERVICE.work), committer, Metrics())
    finally:
        client.close()


async def _work(order: dict[str, Any]) -> Any:
    configure_logs("notifications", "bench", "ERROR")
    fuse = Fuse(order.pop("die_at", None))
    monitoring.register(fuse)
    settings = read_settings(NotificationsSettings)
    opened_by = surroundings(SERVICE, settings) if order["job"] == "choose" else _at_hand(settings)
    async with opened_by as here, ports(here) as opened:
        providers: dict[str, Provider] = {
            name: Dangerous(each, fuse) for name, each in opened.providers.items()
        }
        jobs = Jobs(here, providers, opened.entries, order.pop("tenant"))
        job: Callable[..., Awaitable[Any]] = getattr(jobs, order.pop("job"))
        fuse.lit = True
        answer = await job(**order)
        fuse.lit = False
        return answer


def _in_child(order: dict[str, Any]) -> dict[str, Any]:
    """Do one job in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            answer = asyncio.run(_work(order))
            os.write(writing, json.dumps(answer).encode())
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 (whatever it is, it must not reach the parent's loop)
            os.write(writing, json.dumps(f"{type(error).__name__}: {error}").encode())
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "answer": json.loads(said) if said else None}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_in_child(json.loads(line))), flush=True)
