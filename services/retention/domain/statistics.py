"""Figures of a period: how many moments were started and ended, in all and per program. No identity goes in or out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

WEEKDAYS = 7


@dataclass(frozen=True, slots=True)
class Lives:
    """`count` moments of a program that were started on one day and, if they have, ended on another."""

    program_id: str
    started_on: date
    ended_on: date | None
    count: int


@dataclass(slots=True)
class Figures:
    """`ongoing` is at the end of the period; weekdays begin with Monday."""

    started: int = 0
    ended: int = 0
    ongoing: int = 0
    started_by_weekday: list[int] = field(default_factory=lambda: [0] * WEEKDAYS)
    ended_by_weekday: list[int] = field(default_factory=lambda: [0] * WEEKDAYS)

    @property
    def share_ended(self) -> float | None:
        """Ended divided by started (R327); None if none was started."""
        return self.ended / self.started if self.started else None

    def add(self, lives: Lives, first: date, end: date) -> None:
        """Count these moments; `end` is the first day after the period."""
        if lives.started_on >= end:
            return
        if lives.started_on >= first:
            self.started += lives.count
            self.started_by_weekday[lives.started_on.weekday()] += lives.count
        if lives.ended_on is None or lives.ended_on >= end:
            self.ongoing += lives.count
            return
        if lives.ended_on >= first:
            self.ended += lives.count
            self.ended_by_weekday[lives.ended_on.weekday()] += lives.count


def summarise(all_lives: Iterable[Lives], first: date, end: date) -> tuple[Figures, Mapping[str, Figures]]:
    """The figures of all programs together, and of each."""
    total = Figures()
    programs: dict[str, Figures] = {}
    for lives in all_lives:
        total.add(lives, first, end)
        programs.setdefault(lives.program_id, Figures()).add(lives, first, end)
    return total, dict(sorted(programs.items()))
