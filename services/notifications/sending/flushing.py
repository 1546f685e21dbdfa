"""The loop that flushes windows: workers share the regions, and a killed worker's window is taken over where it was."""

import asyncio
import time
from collections.abc import Callable

import structlog

from chassis.changes import SavedFirstError
from chassis.errors import DuplicateKeyError
from chassis.leases import Lease, Tenure
from chassis.timers import Timer
from chassis.work import Room
from services.notifications.sending.sharing import sharing
from services.notifications.store import flushes
from services.notifications.store.flushes import Flush, Flushes
from services.notifications.usecases.flush_window import flush_part
from services.notifications.work import NotificationsWork

_LOOK_EVERY_SECONDS = 0.2
_LEASE_SECONDS = 30.0
PART = 1000
log = structlog.get_logger("notifications.flushing")


async def flush_on_time(timer: Timer, work: NotificationsWork) -> None:
    """The hour of a batch has come: its window is handed to whichever worker takes it."""
    flushes.ask(work, timer.key)


class Flushing:
    """Flushes what is to be flushed, one window at a time in this process."""

    def __init__(
        self,
        room: Room,
        store: Flushes,
        work_of: Callable[[Room, str], NotificationsWork] = NotificationsWork,
        part: int = PART,
    ) -> None:
        self._room = room
        self._store = store
        self._work_of = work_of
        self._part = part
        self.active = False
        self.progress_at = time.monotonic()
        self.tenure: Tenure | None = None

    async def run(self, lease: Lease) -> None:
        """Flush until cancelled. The lease is not asked for: each window is held on its own."""
        with sharing(self) as wanted:
            while wanted():
                flushed = await self.flush_next()
                self.progress_at = time.monotonic()
                if not flushed:
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def flush_next(self, lease: float = _LEASE_SECONDS) -> bool:
        """Flush one window to its end; False when there is none."""
        flush = await self._store.claim(lease)
        if flush is None:
            return False
        began = time.monotonic()
        last: str | None = None
        parts = 0
        while (self.tenure is None or self.tenure()) and await self._store.hold(flush, lease):
            after, last = last, await self._flush_part(flush, last)
            self.progress_at = time.monotonic()
            if last is not None:
                parts += 1
            elif after is None:
                # A whole pass from the beginning found nothing.
                await self._store.finish(flush)
                seconds = round(time.monotonic() - began, 3)
                log.info(
                    "window-flushed", tenant=flush.tenant, window=flush.window, parts=parts, seconds=seconds
                )
                return True
        await self._store.give_back(flush)
        return True

    async def _flush_part(self, flush: Flush, after: str | None) -> str | None:
        while True:
            work = self._work_of(self._room, flush.tenant)
            try:
                return await flush_part(work, flush.window, after, self._part)
            except (SavedFirstError, DuplicateKeyError):
                # Something came for the window meanwhile, or another worker flushed the same part.
                await asyncio.sleep(0)
