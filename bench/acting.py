"""The far end of an actor: a process that does what it is told, a line of JSON at a time, on an event loop of its own.

Its answers go to a pipe of their own, so that nothing a library prints can be taken for one.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import uvloop

from chassis.main import calm_collector

Task = Callable[..., Awaitable[Any]]


def act(open_tasks: Callable[[], Awaitable[Mapping[str, Task]]]) -> None:
    """Open what the tasks need, then do tasks by name until the line ends."""
    calm_collector()
    uvloop.run(_act(open_tasks))


async def _act(open_tasks: Callable[[], Awaitable[Mapping[str, Task]]]) -> None:
    tasks = await open_tasks()
    answers = os.fdopen(int(os.environ["BENCH_ANSWERS"]), "w", buffering=1)
    answers.write("{}\n")
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order: dict[str, Any] = json.loads(line)
        done = await tasks[order.pop("task")](**order)
        answers.write(json.dumps(done if done is not None else {}) + "\n")
    # The line has ended, so has the benchmark: nothing here is worth an orderly end.
    os._exit(0)
