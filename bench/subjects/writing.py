"""One of the writing processes of `relay_kills`: the real units of work and committer, as fast as they go.

Both processes write the same counters, so the order of one aggregate comes from two processes.
"""

import asyncio
import contextlib
import random
from collections.abc import Mapping
from typing import Any

from bench.acting import Task, act
from bench.people import STAFF, TENANT, UNIT
from bench.seeds import counter_id
from bench.subjects.counters import SERVICE, CountersWork
from chassis.changes import SavedFirstError
from chassis.process import surroundings
from chassis.settings import Settings, read_settings
from chassis.work import Actor

COUNTERS = 64
_TASKS = 8

# What it holds stays open until the process ends.
_open = contextlib.AsyncExitStack()


async def open_tasks() -> Mapping[str, Task]:
    here = await _open.enter_async_context(surroundings(SERVICE, read_settings(Settings)))
    staff = Actor("staff", STAFF, UNIT)
    state: dict[str, Any] = {"on": False, "tasks": []}

    async def step(work: CountersWork) -> None:
        counter = await work.counters.get(counter_id(random.randrange(COUNTERS)))
        counter.start(f"module-{counter.count + 1}", at=work.now, by=STAFF)
        await work.counters.save(counter)

    async def write() -> None:
        while state["on"]:
            # Both wanted the same counter again and again: nothing was written, nothing has to come.
            with contextlib.suppress(SavedFirstError):
                await here.units.run_as(TENANT, staff, step)

    async def begin() -> None:
        state["on"] = True
        state["tasks"] = [asyncio.create_task(write()) for _ in range(_TASKS)]

    async def end() -> None:
        state["on"] = False
        await asyncio.gather(*state["tasks"])

    return {"begin": begin, "end": end}


if __name__ == "__main__":
    act(open_tasks)
