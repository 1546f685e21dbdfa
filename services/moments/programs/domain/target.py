"""Target groups of open programs: county, sex and age (R25). An empty choice excludes nobody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from chassis.errors import InvalidError

Sex = Literal["female", "male"]


class AgesUpsideDownError(InvalidError):
    def __init__(self) -> None:
        super().__init__("The youngest of the group is older than its oldest: change one of them.")


@dataclass(frozen=True, slots=True)
class Traits:
    """What the population register says of a resident; what it does not say fits no choice."""

    county: str | None
    sex: Sex | None
    born: date | None


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Counties by their two digits; ages in whole years, both ends included."""

    counties: tuple[str, ...] = ()
    sexes: tuple[Sex, ...] = ()
    youngest: int | None = None
    oldest: int | None = None

    def __post_init__(self) -> None:
        if self.youngest is not None and self.oldest is not None and self.youngest > self.oldest:
            raise AgesUpsideDownError

    def includes(self, traits: Traits, today: date) -> bool:
        """Whether somebody with these traits is in the group on this civil day."""
        return (
            _is_among(traits.county, self.counties)
            and _is_among(traits.sex, self.sexes)
            and self._includes_age(traits.born, today)
        )

    def _includes_age(self, born: date | None, today: date) -> bool:
        if self.youngest is None and self.oldest is None:
            return True
        if born is None:
            return False
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return (self.youngest or 0) <= age <= (age if self.oldest is None else self.oldest)


@dataclass(frozen=True, slots=True)
class Openness:
    """What makes a program open: the description read before the start (R27, R28), and whom it suggests."""

    description: str
    suggested: TargetGroup


def _is_among(value: str | None, choice: Collection[str]) -> bool:
    return not choice or value in choice
