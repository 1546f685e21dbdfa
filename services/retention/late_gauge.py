"""How many purges are late, as a gauge: operations are told without asking."""

import asyncio
import contextlib
import time

from chassis.leases import Lease, Tenure
from chassis.loops import active
from chassis.service import Surroundings
from services.retention.domain.purge import Status
from services.retention.store.purges import COLLECTION

_EVERY_SECONDS = 10.0


class LateGauge:
    """Keeps `retention.purge.late` current in the one worker that holds the lease."""

    def __init__(self, here: Surroundings) -> None:
        self._here = here
        self.active = False
        self.tenure: Tenure | None = None
        self.progress_at = time.monotonic()

    async def run(self, lease: Lease) -> None:
        """Measure while the lease is held; whoever loses it shows 0, so that sums over workers are right."""
        async with active(self, lease) as holding:
            try:
                while holding():
                    await self.measure()
                    self.progress_at = time.monotonic()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(holding.lost.wait(), _EVERY_SECONDS)
            finally:
                self._here.metrics.gauge("retention.purge.late", 0)

    async def measure(self) -> None:
        """Count once."""
        room = self._here.room
        where = {"tenant": {"$in": list(room.tenants.slugs)}, "status": Status.LATE.value}
        self._here.metrics.gauge(
            "retention.purge.late", await room.database[COLLECTION].count_documents(where)
        )
