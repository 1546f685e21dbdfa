"""Retention's unit of work."""

from typing import cast

from chassis.work import Work
from services.retention.store.moments import Moments
from services.retention.store.purges import Purges


class RetentionWork(Work):
    """`residents_elsewhere` is read once for a batch of receipts: who has moments that nobody purges."""

    residents_elsewhere: frozenset[str] = frozenset()

    @property
    def moments(self) -> Moments:
        return cast(Moments, self.repository("moments", Moments))

    @property
    def purges(self) -> Purges:
        return cast(Purges, self.repository("purges", Purges))
