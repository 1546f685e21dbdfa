"""The loop that flushes windows: workers share the regions, and a killed worker's window is taken over where it was.

While a part is written the next one is read, and a few windows go side by side: the database never waits for us.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import date

import structlog

from chassis.changes import SavedFirstError
from chassis.errors import DuplicateKeyError
from chassis.leases import Lease, Tenure
from chassis.timers import Timer, set_timer
from chassis.work import Room
from services.notifications.domain.windows import batch_at
from services.notifications.sending.sharing import sharing
from services.notifications.store import flushes, held
from services.notifications.store.flushes import Flush, Flushes
from services.notifications.usecases.flush_window import Part, make_part, write_part
from services.notifications.work import NotificationsWork

_LOOK_EVERY_SECONDS = 0.2
_LEASE_SECONDS = 30.0
# Large enough that many share the price of a transaction, small enough to be held four times.
PART = 1500
SIDE_BY_SIDE = 2
log = structlog.get_logger("notifications.flushing")


async def flush_on_time(timer: Timer, work: NotificationsWork) -> None:
    """The hour of a batch has come, if it was not moved: its window is handed to whichever worker takes it."""
    due = batch_at(date.fromisoformat(timer.key), work.region.batch_time, work.region.zone)
    if due > work.now:
        set_timer(work, timer.kind, timer.key, due)
    else:
        flushes.ask(work, timer.key)


async def release_on_time(timer: Timer, work: NotificationsWork) -> None:
    """Quiet hours are over (D21)."""
    held.release(work, timer.key)


class Flushing:
    """Flushes what is to be flushed, a few windows side by side."""

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
                await self.flush_all()
                self.progress_at = time.monotonic()
                await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def flush_all(self) -> None:
        """Flush until no window is left that nobody holds."""
        flushing = [asyncio.create_task(self._flush_on()) for _ in range(SIDE_BY_SIDE)]
        try:
            await asyncio.gather(*flushing)
        finally:
            # The failure of one is told as it is, and ends the others.
            for task in flushing:
                task.cancel()
            await asyncio.gather(*flushing, return_exceptions=True)

    async def _flush_on(self) -> None:
        while (self.tenure is None or self.tenure()) and await self.flush_next():
            self.progress_at = time.monotonic()

    async def flush_next(self, lease: float = _LEASE_SECONDS) -> bool:
        """Flush one window to its end; False when there is none."""
        flush = await self._store.claim(lease)
        if flush is None:
            return False
        began = time.monotonic()
        parts = _Parts(self._room, self._work_of, flush, self._part)
        try:
            held_at = began
            while self.tenure is None or self.tenure():
                if time.monotonic() - held_at >= lease / 3:
                    if not await self._store.hold(flush, lease):
                        return True
                    held_at = time.monotonic()
                wrote = await parts.write_next()
                self.progress_at = time.monotonic()
                if not wrote:
                    await self._store.finish(flush)
                    seconds = round(time.monotonic() - began, 3)
                    log.info(
                        "window-flushed",
                        tenant=flush.tenant,
                        window=flush.window,
                        parts=parts.written,
                        seconds=seconds,
                    )
                    return True
        finally:
            await parts.close()
        await self._store.give_back(flush)
        return True


class _Parts:
    """The parts of one window, the next one being made while one is written."""

    def __init__(
        self, room: Room, work_of: Callable[[Room, str], NotificationsWork], flush: Flush, most: int
    ) -> None:
        self._room = room
        self._work_of = work_of
        self._flush = flush
        self._most = most
        self._after: str | None = None
        self._making: asyncio.Task[Part | None] | None = None
        self.written = 0

    async def write_next(self) -> bool:
        """Write one part; False when a look from the beginning found nothing."""
        part = await (self._making or self._make(self._after))
        self._making = None
        while part is not None:
            if not part.is_last:
                self._making = asyncio.create_task(self._make(part.last))
            try:
                await write_part(self._work_of(self._room, self._flush.tenant), part)
                self.written += 1
                self._after = None if part.is_last else part.last
                return True
            except (SavedFirstError, DuplicateKeyError):
                # Something came for the window meanwhile, or another worker has flushed some of it.
                await self.close()
                part = await self._make(self._after, made_before=True)
        began_anew, self._after = self._after is None, None
        return not began_anew

    async def close(self) -> None:
        """Let go of what is being made."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)
            self._making = None

    async def _make(self, after: str | None, *, made_before: bool = False) -> Part | None:
        work = self._work_of(self._room, self._flush.tenant)
        return await make_part(work, self._flush.window, after, self._most, made_before=made_before)
