"""The watch: measures what is unsent, and asks for the flush of a window that has gone and still holds something.

A notice may be committed a moment after its window was flushed; the window's items themselves are what counts, not
the timer that was set for them.
"""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from chassis.changes import Changes
from chassis.clock import SystemClock
from chassis.leases import Lease, Tenure
from chassis.metrics import Metrics
from chassis.work import Room
from services.notifications.domain.backlog import Backlog, Drain
from services.notifications.domain.windows import batch_at
from services.notifications.sending.sharing import sharing
from services.notifications.store import flushes, pending
from services.notifications.store.claims import Sendings
from services.notifications.work import NotificationsWork

_EVERY_SECONDS = 2.0
_PAUSE_SECONDS = 0.25
_AFTER = timedelta(seconds=1)
_real = SystemClock()


class Watch:
    """Looks at everything every other second, in each worker."""

    def __init__(
        self,
        room: Room,
        store: Sendings,
        commit: Callable[[Changes], Awaitable[None]],
        metrics: Metrics,
    ) -> None:
        self._room = room
        self._store = store
        self._commit = commit
        self._metrics = metrics
        self._measured_at = _real.now()
        self._drains: defaultdict[str, Drain] = defaultdict(Drain)
        self.active = False
        self.progress_at = time.monotonic()
        self.tenure: Tenure | None = None

    async def run(self, lease: Lease) -> None:
        """Watch until cancelled."""
        looked_at = -math.inf
        with sharing(self) as wanted:
            while wanted():
                if time.monotonic() - looked_at >= _EVERY_SECONDS:
                    await self.look()
                    looked_at = self.progress_at = time.monotonic()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def look(self) -> None:
        """One look."""
        await self._measure()
        for region in self._room.tenants:
            window = await pending.oldest_window(self._room.database, region.slug)
            if window is None:
                continue
            gone = batch_at(date.fromisoformat(window), region.batch_time, region.zone) + _AFTER
            if gone <= self._room.clock.now():
                work = NotificationsWork(self._room, region.slug)
                flushes.ask(work, window)
                await self._commit(await work.finish())

    async def _measure(self) -> None:
        """What is unsent, region by region: how many, since when, and for how long still."""
        looked_at = _real.now()
        backlogs = await self._store.backlogs(self._room.tenants.slugs, self._measured_at)
        self._measured_at = looked_at
        for region in self._room.tenants.slugs:
            backlog = backlogs.get(region, Backlog())
            seconds = self._drains[region].look(backlog, looked_at.timestamp())
            self._metrics.gauge("notifications.unsent.waiting", backlog.waiting, tenant=region)
            self._metrics.gauge("notifications.unsent.oldest_age", backlog.oldest_age, tenant=region)
            self._metrics.gauge("notifications.unsent.seconds_to_drain", seconds, tenant=region)
            self._metrics.gauge("notifications.unknown.waiting", backlog.unknown, tenant=region)
            self._metrics.gauge("notifications.unknown.oldest_age", backlog.oldest_unknown_age, tenant=region)
