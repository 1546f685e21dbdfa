"""The order of a list, and where a page of it begins (R237).

A place in a list outlives changes: it names the last line shown and what that line was sorted by. Names are personal
data and a place travels in the open, so under those orders it holds how far one had come instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from services.moments.lists.domain.collation import collation_key
from services.moments.lists.domain.line import Line

Key = Callable[[Line], Any]
SortKey = str | int | datetime
_BY_ID = attrgetter("id")
_NEVER = datetime.min.replace(tzinfo=UTC)


class Column(StrEnum):
    """What a list can be sorted by."""

    NAME = "name"
    STARTED = "started"
    LAST_ACTIVE = "last_active"
    RESPONSIBLE = "responsible"
    FLAGS = "flags"


# A click on a column head gives this first; the other way is the second click.
_DESCENDS_FIRST = frozenset({Column.STARTED, Column.LAST_ACTIVE, Column.FLAGS})
_BY_NAME = frozenset({Column.NAME, Column.RESPONSIBLE})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after the line `id`. `key` is its sort key, or how many lines were before and with it."""

    key: SortKey
    id: str


@dataclass(frozen=True, slots=True)
class Order:
    """A column and a direction. `names` are what the unit's people are called, by HSA-id."""

    column: Column
    descending: bool
    names: Mapping[str, str]

    @staticmethod
    def by(column: Column, descending: bool | None, names: Mapping[str, str]) -> "Order":
        """`descending` None is the column's own way: newest, latest and most first; names from A."""
        return Order(column, column in _DESCENDS_FIRST if descending is None else descending, names)

    @property
    def name(self) -> str:
        """The order in one word, for a place to say which order it belongs to."""
        return f"{'-' if self.descending else ''}{self.column}"

    def sorted(self, lines: Sequence[Line]) -> list[Line]:
        """The lines in this order; equals by id, so that it is the same each time."""
        ordered = sorted(lines, key=_BY_ID)
        ordered.sort(key=self._key(), reverse=self.descending)
        return ordered

    def place_of(self, line: Line, passed: int) -> Place:
        """The place after this line, before and with which there are so many."""
        match self.column:
            case Column.STARTED:
                return Place(line.standing.started_at, line.id)
            case Column.LAST_ACTIVE:
                return Place(line.standing.last_active_at or _NEVER, line.id)
            case Column.FLAGS:
                return Place(line.flag_count, line.id)
            case _:
                return Place(passed, line.id)

    def fits(self, place: Place) -> bool:
        """Whether the place holds what this order sorts by."""
        wanted = datetime if self.column in (Column.STARTED, Column.LAST_ACTIVE) else int
        return isinstance(place.key, wanted) and (not isinstance(place.key, int) or place.key >= 0)

    def begin(self, ordered: Sequence[Line], place: Place, known: Mapping[str, Line]) -> int:
        """The index at which the page begins; `known` are the unit's lines, those the filter leaves out too."""
        key = self._key()
        if self.column not in _BY_NAME:
            return self._after(ordered, key, place.key, place.id)
        if (last := known.get(place.id)) is not None:
            return self._after(ordered, key, key(last), place.id)
        return min(place.key, len(ordered)) if isinstance(place.key, int) else len(ordered)

    def _after(self, ordered: Sequence[Line], key: Key, value: Any, identity: str) -> int:
        for at, line in enumerate(ordered):
            mine = key(line)
            if mine == value:
                if line.id > identity:
                    return at
            elif (mine < value) is self.descending:
                return at
        return len(ordered)

    def _key(self) -> Key:
        match self.column:
            case Column.NAME:
                return attrgetter("name_key")
            case Column.STARTED:
                return attrgetter("standing.started_at")
            case Column.LAST_ACTIVE:
                return lambda line: line.standing.last_active_at or _NEVER
            case Column.FLAGS:
                return lambda line: line.flag_count
            case Column.RESPONSIBLE:
                keys: dict[str | None, str] = {
                    person: collation_key(name) for person, name in self.names.items()
                }
                return lambda line: keys.get(line.standing.practitioner, "")
