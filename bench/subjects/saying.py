"""Commits messages at a steady rate through the real units of work, one each for a counter of its own.

`say` tells when each was committed.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any

from bench.acting import Task, act
from bench.people import STAFF, TENANT, UNIT
from bench.seeds import counter_id
from bench.subjects.counters import SERVICE, CountersWork
from chassis.process import surroundings
from chassis.settings import Settings, read_settings
from chassis.work import Actor

# What it holds stays open until the process ends.
_open = contextlib.AsyncExitStack()


async def open_tasks() -> Mapping[str, Task]:
    here = await _open.enter_async_context(surroundings(SERVICE, read_settings(Settings)))
    staff = Actor("staff", STAFF, UNIT)

    async def say(messages: int, per_second: float) -> dict[str, Any]:
        committed: dict[str, float] = {}

        async def one(moment: str) -> None:
            async def step(work: CountersWork) -> None:
                counter = await work.counters.get(moment)
                counter.start("module-1", at=work.now, by=STAFF)
                await work.counters.save(counter)

            await here.units.run_as(TENANT, staff, step)
            committed[moment] = time.time()

        began = time.perf_counter()
        tasks = []
        for number in range(messages):
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            tasks.append(asyncio.create_task(one(counter_id(number))))
        await asyncio.gather(*tasks)
        return {"committed": committed}

    return {"say": say}


if __name__ == "__main__":
    act(open_tasks)
