"""A process that writes until it is told to end: `python -m tests.faults.writing MONGO DATABASE TENANT NAME`.

Two of them write to the same counters, so that the order of one aggregate comes from both.
"""

import asyncio
import contextlib
import random
import secrets
import signal
import sys

from chassis.changes import SavedFirstError
from chassis.clock import SystemClock
from chassis.committer import Committer
from chassis.keyring import Keyring
from chassis.masterkey import FileMasterKey
from chassis.mongo import connect, database
from chassis.pseudonym import Pseudonyms
from chassis.tenancy import Tenants
from chassis.testing import a_tenant
from chassis.units import Units
from chassis.work import Room
from tests.chassis.counting import SERVICE, Counter, Counting

COUNTERS = 12
AT_ONCE = 6


async def main(mongo: str, name: str, tenant: str, who: str) -> None:
    client = connect(mongo)
    own = database(client, name)
    room = Room(
        service=SERVICE,
        client=client,
        database=own,
        keyring=Keyring(database(client, f"{name}_keys"), SERVICE, FileMasterKey([secrets.token_bytes(32)])),
        clock=SystemClock(),
        tenants=Tenants.of([a_tenant(tenant)]),
        pseudonyms=Pseudonyms(secrets.token_bytes(32)),
    )
    units = Units(room, Committer(client, own), Counting)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)

    async def write() -> None:
        while not told.is_set():
            moment = f"m{random.randrange(COUNTERS)}"

            async def step(work: Counting, moment: str = moment) -> None:
                counter = await work.counters.find(moment) or Counter(moment)
                counter.step(who)
                await work.counters.save(counter)

            with contextlib.suppress(SavedFirstError):
                await units.run_as(tenant, room.system, step)

    await asyncio.gather(*(write() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
