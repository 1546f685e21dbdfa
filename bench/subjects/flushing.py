"""The real flush of windows in an actor: every region's window to its end, and how much memory that took."""

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.acting import Task, act
from chassis.logs import configure_logs
from chassis.process import surroundings
from chassis.settings import read_settings
from services.notifications.app import SERVICE
from services.notifications.sending.flushing import Flushing
from services.notifications.settings import NotificationsSettings
from services.notifications.store import pending
from services.notifications.store.flushes import Flushes

# What it holds stays open until the process ends.
_open = contextlib.AsyncExitStack()


async def open_tasks() -> Mapping[str, Task]:
    settings = read_settings(NotificationsSettings)
    configure_logs("notifications", "bench", "WARNING")
    here = await _open.enter_async_context(surroundings(SERVICE, settings))
    await pending.create(here.room.database)
    flushing = Flushing(here.room, Flushes(here.room.database))

    async def flush() -> dict[str, Any]:
        before = _forget_highest()
        began = time.perf_counter()
        await flushing.flush_all()
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "grown_mb": (_kilobytes("VmHWM") - before) / 1024}

    return {"flush": flush}


def _forget_highest() -> int:
    """Begin anew with the highest resident size; returns what is resident now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _kilobytes("VmRSS")


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


if __name__ == "__main__":
    act(open_tasks)
