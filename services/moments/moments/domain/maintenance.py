"""Maintenance: the resident reads chosen modules until the last day is over, and nobody writes anything new (R289)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Maintenance:
    """`last_day` is a civil day; `expires_at` is the instant it ends. `is_over` once that has been said (D9)."""

    modules: frozenset[str]
    last_day: date
    expires_at: datetime
    is_over: bool = False

    @staticmethod
    def of(modules: frozenset[str], *, days: int, today: date, zone: tzinfo) -> "Maintenance":
        """So many days, of which today is the first; the last one ends at midnight where the region is (R292, D50)."""
        last_day = today + timedelta(days=days - 1)
        return Maintenance(modules, last_day, midnight_after(last_day, zone))

    def lasts(self, at: datetime) -> bool:
        """Whether the resident still reads."""
        return at < self.expires_at


def midnight_after(day: date, zone: tzinfo) -> datetime:
    """The instant a civil day ends, however many hours it had."""
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
