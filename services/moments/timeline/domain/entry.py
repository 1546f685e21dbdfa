"""An entry of a timeline: something that happened to a moment, in codes and ids (R221, R226).

It is made of the aggregate's own event, whatever the event is, so that a new kind of event cannot be left out. Nothing
of an event is kept that is not an id, a code, a number or a time: what a person wrote never stands here.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any

Fact = str | int | datetime | list[str]
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}")
_TOLD_APART = frozenset({"at", "by"})


class Kind(StrEnum):
    """The headings of a timeline, in the order they are shown."""

    MODULE = "module"
    MOMENT = "moment"


class ActorKind(StrEnum):
    STAFF = "staff"
    RESIDENT = "resident"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Entry:
    """`id` is the moment's own and grows within one instant; `unit` is where whoever did it was at work."""

    id: str
    kind: Kind
    event: str
    at: datetime
    by: str
    by_kind: ActorKind
    unit: str | None
    facts: Mapping[str, Fact]


def event_code(kind: type[Any]) -> str:
    """`ModuleOpened` is `module-opened`, the code of its sentence."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def entry_of(event: Any, *, id: str, by: str, by_kind: ActorKind, unit: str | None) -> Entry:
    """The entry of an event of an aggregate: a dataclass with `at`, and `by` unless nobody did it."""
    facts = {
        field.name: fact
        for field in fields(event)
        if field.name not in _TOLD_APART and (fact := _fact(getattr(event, field.name))) is not None
    }
    return Entry(
        id=id,
        kind=Kind.MODULE if "module" in facts else Kind.MOMENT,
        event=event_code(type(event)),
        at=event.at,
        by=getattr(event, "by", by),
        by_kind=by_kind,
        unit=unit,
        facts=facts,
    )


def _fact(value: Any) -> Fact | None:
    match value:
        case str() if _CODE.fullmatch(value):
            return str(value)
        case int() | datetime():
            return value
        case date():
            return value.isoformat()
        case Collection() if not isinstance(value, str | bytes | Mapping):
            return [each for each in value if isinstance(each, str) and _CODE.fullmatch(each)]
        case _:
            return None
