"""A module of a running moment: its state, the days it is meant to take, and which of its steps are shown.

Days are advice to staff: they lock nothing and the resident never sees them (R77, R78).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

MOST_DAYS = 3650


class ModuleState(StrEnum):
    """A module is in exactly one of these (R65)."""

    UPCOMING = "upcoming"
    ONGOING = "ongoing"
    ENDED = "ended"


@dataclass(slots=True)
class ModuleRun:
    """How one module goes; `days` are counted from the civil day `counted_from`, which an upcoming module has not.

    `started_on_version` is the version of the program it was started on, whatever its moment runs on by now.
    """

    code: str
    days: int
    state: ModuleState = ModuleState.UPCOMING
    visible_steps: frozenset[str] = frozenset()
    started_at: datetime | None = None
    counted_from: date | None = None
    started_on_version: str | None = None
    ended_at: datetime | None = None

    @property
    def is_upcoming(self) -> bool:
        """Whether the resident sees nothing of it (R66)."""
        return self.state is ModuleState.UPCOMING

    def days_left(self, today: date) -> int:
        """What is left of its days, never below 0 (R76, D2); an upcoming module has all of them."""
        if self.counted_from is None:
            return self.days
        return max(0, self.days - (today - self.counted_from).days)

    def open(self, *, at: datetime, on: date, version: str) -> None:
        """The resident sees it from now on, and its days begin."""
        self.state, self.started_at, self.counted_from, self.ended_at = ModuleState.ONGOING, at, on, None
        self.started_on_version = version

    def close(self, at: datetime) -> None:
        """It is done with: the resident reads it among the completed ones (D16)."""
        self.state, self.ended_at = ModuleState.ENDED, at

    def put_back(self) -> None:
        """The resident sees it no more, and its days wait for the next start (R68)."""
        self.state, self.started_at, self.counted_from = ModuleState.UPCOMING, None, None
        self.started_on_version = None

    def leave(self, days: int, today: date) -> None:
        """Let so many days be left from today (R76, R79)."""
        self.days = days
        if self.counted_from is not None:
            self.counted_from = today
