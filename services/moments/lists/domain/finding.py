"""Finding lines: which of a unit's lines a tab, a search and a filter leave (R231, R238, R239)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.moments.lists.domain.collation import folded
from services.moments.lists.domain.line import Line

Test = Callable[[Line], bool]
_NUMBER = re.compile(r"[0-9]{1,8}[-+]?[0-9]{0,4}")


class Tab(StrEnum):
    """The tabs of "Hantera moment" (R231)."""

    MINE = "mine"
    ALL = "all"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for beside the tab; what is left out narrows nothing.

    `started_from` is the first instant that counts, `started_before` the first that does not.
    """

    text: str = field(default="", repr=False)
    program: str | None = None
    practitioner: str | None = None
    flag_type: str | None = None
    has_flags: bool | None = None
    state: str | None = None
    category: str | None = None
    started_from: datetime | None = None
    started_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of the tabs (R232)."""

    mine: int
    all: int
    ended: int

    def of(self, tab: Tab) -> int:
        """The figure of one tab."""
        return {Tab.MINE: self.mine, Tab.ALL: self.all, Tab.ENDED: self.ended}[tab]


def counts(lines: Iterable[Line], person: str) -> Counts:
    """How many lines each tab has for this person."""
    mine = everybodys = ended = 0
    for line in lines:
        standing = line.standing
        if standing.is_ended:
            ended += 1
            continue
        everybodys += 1
        mine += standing.practitioner == person
    return Counts(mine, everybodys, ended)


def found(lines: Iterable[Line], tab: Tab, wanted: Filter, person: str) -> list[Line]:
    """The lines of the tab that pass the filter, in no order. Mine are those the person is responsible for (D12)."""
    left = _of_tab(lines, tab, person)
    for test in _of_filter(wanted):
        left = [line for line in left if test(line)]
    return left


def _of_tab(lines: Iterable[Line], tab: Tab, person: str) -> list[Line]:
    is_ended = tab is Tab.ENDED
    of_tab = [line for line in lines if line.standing.is_ended is is_ended]
    if tab is Tab.MINE:
        return [line for line in of_tab if line.standing.practitioner == person]
    return of_tab


def _of_filter(wanted: Filter) -> Iterable[Test]:
    standings: dict[str, str | None] = {
        "program": wanted.program,
        "practitioner": wanted.practitioner,
        "state": wanted.state,
    }
    for name, value in standings.items():
        if value is not None:
            yield _is(name, value)
    if (kind := wanted.flag_type) is not None:
        yield lambda line: any(flag.flag_type == kind for flag in line.standing.flags)
    if (category := wanted.category) is not None:
        yield lambda line: category in line.standing.categories
    if (flagged := wanted.has_flags) is not None:
        yield lambda line: bool(line.standing.flags) is flagged
    if (first := wanted.started_from) is not None:
        yield lambda line: line.standing.started_at >= first
    if (beyond := wanted.started_before) is not None:
        yield lambda line: line.standing.started_at < beyond
    for word in wanted.text.replace(",", " ").split():
        yield _has(word)


def _is(name: str, value: str) -> Test:
    return lambda line: getattr(line.standing, name) == value


def _has(word: str) -> Test:
    """A word of a search: part of a name, of the program's name, or of the number with or without its hyphen."""
    part = folded(word)
    if _NUMBER.fullmatch(word) is None:
        return lambda line: part in line.text
    digits = re.sub(r"[-+]", "", word)
    return lambda line: digits in line.number or part in line.text
