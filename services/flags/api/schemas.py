"""What the endpoints give, and the places in their lists."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.http.paging import MalformedCursorError, Page, cursor_after, read_cursor
from chassis.http.schema import Schema
from services.flags.domain.flag import Flag
from services.flags.usecases.list_flags import FlagsPage, Place

TypeName = Literal[
    "new_message",
    "form_saved",
    "follow_up",
    "time_left",
    "time_out",
    "maintenance_expired",
    "unassigned",
    "program_completed",
    "result",
    "inactive",
    "manual",
]
StateName = Literal["open", "handled"]


class FlagItem(Schema):
    id: str
    moment_id: str
    type: TypeName
    audience: Literal["practitioner", "resident"]
    count: Annotated[int, Field(description="How many messages or the like wait (R218).")]
    practitioner: Annotated[str | None, Field(description="Who is responsible for the moment.")]
    raised_at: datetime
    state: StateName
    handled_at: datetime | None
    handled_by: str | None
    version: int


class MyFlagItem(Schema):
    id: str
    moment_id: str
    type: TypeName
    count: int
    raised_at: datetime


class FlagList(Page[FlagItem]):
    """A page of flags."""


class MyFlagList(Page[MyFlagItem]):
    """A page of a resident's flags."""


def place(cursor: str | None, limit: int) -> Place:
    """Where the page begins. Raises MalformedCursorError."""
    after = read_cursor(cursor)
    if after is None:
        return Place(None, limit)
    if not isinstance(after.key, datetime):
        raise MalformedCursorError
    return Place((after.key, after.id), limit)


def flag_list(page: FlagsPage) -> FlagList:
    return FlagList(items=[flag_item(flag) for flag in page.flags], next=_next(page))


def my_flag_list(page: FlagsPage) -> MyFlagList:
    items = [
        MyFlagItem(
            id=flag.id,
            moment_id=flag.moment,
            type=flag.type.value,
            count=flag.count,
            raised_at=flag.raised_at,
        )
        for flag in page.flags
    ]
    return MyFlagList(items=items, next=_next(page))


def flag_item(flag: Flag) -> FlagItem:
    return FlagItem(
        id=flag.id,
        moment_id=flag.moment,
        type=flag.type.value,
        audience=flag.audience.value,
        count=flag.count,
        practitioner=flag.practitioner,
        raised_at=flag.raised_at,
        state="open" if flag.is_open else "handled",
        handled_at=flag.handled_at,
        handled_by=flag.handled_by,
        version=flag.version,
    )


def _next(page: FlagsPage) -> str | None:
    return cursor_after(page.flags[-1].raised_at, page.flags[-1].id) if page.has_more else None
