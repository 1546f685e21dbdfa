"""A loop of a worker, running for as long as a test needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.leases import Lease
from chassis.loops import Loop, Runner


@asynccontextmanager
async def running(runner: Runner, lease: Lease, *, finish: float = 5) -> AsyncIterator[Loop]:
    """Run it, and stop it as a worker does: it finishes what it is at, and is cancelled if it does not."""
    loop = Loop(lease.name, runner, lease)
    task = asyncio.create_task(loop.run())
    try:
        yield loop
    finally:
        loop.stop()
        if not runner.active:
            task.cancel()
        await asyncio.wait([task], timeout=finish)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
