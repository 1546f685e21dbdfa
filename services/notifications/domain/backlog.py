"""How long what is unsent will take, told from how fast what waited before has gone, whoever sent it."""

import math
from dataclasses import dataclass

# Seconds over which the pace is evened out.
_EVEN = 30.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """A region's unsent: how many, the oldest's age in seconds, and how many of the look before are still there.

    What the provider has not answered about, and is asked for again, is counted apart.
    """

    waiting: int = 0
    oldest_age: float = 0.0
    left: int = 0
    unknown: int = 0
    oldest_unknown_age: float = 0.0


class Drain:
    """Follows one region's backlog from look to look."""

    def __init__(self) -> None:
        self._before = 0
        self._at: float | None = None
        self._pace: float | None = None

    def look(self, backlog: Backlog, at: float) -> float:
        """Seconds until nothing waits, at the pace so far; infinite while nothing goes. `at` is any steady clock's."""
        # Where nothing waited there is no pace to be seen.
        if self._at is not None and self._before and at > self._at:
            passed = at - self._at
            seen = max(self._before - backlog.left, 0) / passed
            weight = 1.0 if self._pace is None else 1 - math.exp(-passed / _EVEN)
            self._pace = (self._pace or 0.0) + weight * (seen - (self._pace or 0.0))
        self._before, self._at = backlog.waiting, at
        if not backlog.waiting:
            return 0.0
        return backlog.waiting / self._pace if self._pace else math.inf
