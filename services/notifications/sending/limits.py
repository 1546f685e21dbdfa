"""How fast one region may send: a bucket of tokens each, so that a flood of one fills neither provider nor worker."""

import time
from collections.abc import Callable


class Limits:
    """So many sendings a second of each tenant in this process, and a second's worth at once. None: no limit."""

    def __init__(self, per_second: float | None, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._stopwatch = stopwatch
        self._left: dict[str, tuple[float, float]] = {}

    def allow(self, tenant: str) -> bool:
        """Whether the tenant may start one now."""
        return self._per_second is None or self._now(tenant) >= 1

    def take(self, tenant: str) -> None:
        """The tenant starts one."""
        if self._per_second is not None:
            self._left[tenant] = (self._now(tenant) - 1, self._stopwatch())

    def _now(self, tenant: str) -> float:
        assert self._per_second is not None
        most = max(1.0, self._per_second)
        left, at = self._left.get(tenant, (most, self._stopwatch()))
        return min(most, left + (self._stopwatch() - at) * self._per_second)
