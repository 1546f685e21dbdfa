"""A module of a running moment: its state, the days it is meant to take, and which of its steps are shown.

Days are advice to staff: they lock nothing and the resident never sees them (R77, R78).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ModuleState(StrEnum):
    """A module is in exactly one of these (R65)."""

    UPCOMING = "upcoming"
    ONGOING = "ongoing"
    ENDED = "ended"


@dataclass(slots=True)
class ModuleRun:
    """How one module goes; `started_on` is the civil day its days are counted from."""

    code: str
    days: int
    state: ModuleState = ModuleState.UPCOMING
    visible_steps: frozenset[str] = frozenset()
    started_at: datetime | None = None
    started_on: date | None = None

    def days_left(self, today: date) -> int:
        """What is left of its days, never below 0 (R76, D2); an upcoming module has all of them."""
        if self.started_on is None:
            return self.days
        return max(0, self.days - (today - self.started_on).days)
