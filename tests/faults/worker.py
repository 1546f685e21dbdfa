"""A worker of the counting service as a process: `python -m tests.faults.worker worker`.

Its reactions fail the first two times for every step whose number `FAIL_EVERY` divides; `SLOW_MS` makes each slow.
Each try is written down outside the transaction, as an effect that cannot be undone would be.
"""

import asyncio
import os
from typing import Any

from chassis.main import run
from chassis.reactions import Heard, Reactions
from chassis.service import Service
from chassis.timers import Timer
from chassis.work import Work
from contracts.moments import ModuleStarted
from tests.chassis.counting import SERVICE, Counting, count

FAIL_EVERY = int(os.environ.get("FAIL_EVERY", "0"))
SLOW_MS = float(os.environ.get("SLOW_MS", "0"))

reactions = Reactions()


@reactions.on(ModuleStarted)
async def count_on_module_started(heard: Heard[ModuleStarted], work: Counting) -> None:
    if SLOW_MS:
        await asyncio.sleep(SLOW_MS / 1000)
    number = int(heard.data.module.removeprefix("s"))
    if FAIL_EVERY and number % FAIL_EVERY == 0 and await tries(heard, work) <= 2:
        raise ValueError
    await count(heard.data.moment_id, heard.data.module, work)


async def tries(heard: Heard[ModuleStarted], work: Work) -> int:
    found: Any = await work.room.database["tries"].find_one_and_update(
        {"_id": heard.envelope.identity}, {"$inc": {"tries": 1}}, upsert=True, return_document=True
    )
    return int(found["tries"])


async def ring(timer: Timer, work: Work) -> None:
    """Writes down that it fired."""
    work.insert("fired", {"key": timer.key})


if __name__ == "__main__":
    run(Service(name=SERVICE, work=Counting, reactions=reactions, on_time={"ring": ring}))
