"""The resident's own inbox: behind the login, where a heading and a text may say what a notice is about."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query

from chassis.http.identity import Resident
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_after, read_cursor
from chassis.http.permissions import NeedsResident
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import Here, Surroundings, UnitsOf
from services.notifications.usecases.read_inbox import (
    EntryNotFoundError,
    Login,
    Place,
    Shown,
    count_unread,
    mark_read,
    read_inbox,
)

router = Router(tags=["inbox"])
_MOST_COUNTED = 100


class Entry(Schema):
    """An entry: from which unit, why, and where to turn with questions (R199)."""

    id: str
    at: datetime
    category: str
    heading: str
    text: str
    unit: str | None
    purpose: str
    answers: str
    turn_to: str
    moment_id: str
    read_at: datetime | None


class Unread(Schema):
    """How many entries are unread; a hundred means a hundred or more."""

    unread: int


@router.get("/me/inbox", summary="Read one's own inbox, the newest entries first")
async def see_inbox(  # noqa: PLR0917
    caller: Annotated[Resident, NeedsResident()],
    units: UnitsOf,
    here: Here,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
    unread: Annotated[bool, Query(description="Only what has not been read.")] = False,
) -> Page[Entry]:
    place = Place(read_cursor(cursor, datetime), limit, unread)
    page = await units.run(caller, lambda work: read_inbox(_login(caller, here), place, work))
    items = [_entry(shown, caller, here) for shown in page.entries]
    following = cursor_after(items[-1].at, items[-1].id) if page.has_more else None
    return Page(items=items, next=following)


@router.get("/me/inbox/unread", summary="Count what is unread in one's own inbox")
async def see_unread(caller: Annotated[Resident, NeedsResident()], units: UnitsOf, here: Here) -> Unread:
    login = _login(caller, here)
    return Unread(unread=await units.run(caller, lambda work: count_unread(login, _MOST_COUNTED, work)))


@router.put("/me/inbox/{entry_id}/read", summary="Mark an entry as read")
@refuses(EntryNotFoundError)
async def read(
    caller: Annotated[Resident, NeedsResident()],
    entry_id: Annotated[str, Path(pattern=r"^ntc-[0-9a-f]{32}$")],
    units: UnitsOf,
    here: Here,
) -> Entry:
    """Again changes nothing: the first time is what counts."""
    shown = await units.run(caller, lambda work: mark_read(caller.resident_id, entry_id, work))
    return _entry(shown, caller, here)


def _login(caller: Resident, here: Surroundings) -> Login:
    # Where nothing is delivered to 1177 the number is of no use here, and is not kept.
    return Login(caller.resident_id, None if here.settings.inbox_url is None else caller.personnummer)


def _entry(shown: Shown, caller: Resident, here: Surroundings) -> Entry:
    entry, text = shown.entry, shown.text
    return Entry(
        id=entry.notice,
        at=entry.at,
        category=entry.category,
        heading=text.heading,
        text=text.text,
        unit=entry.unit,
        purpose=text.purpose,
        answers=text.answers,
        turn_to=here.room.tenants.by_slug(caller.tenant).support.residents,
        moment_id=entry.moment,
        read_at=entry.read_at,
    )
