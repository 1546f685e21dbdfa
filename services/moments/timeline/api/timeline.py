"""The timeline over HTTP, for staff: a page of sentences below their headings."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, MalformedCursorError, cursor_after, read_cursor
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Day, Schema
from chassis.service import Here, UnitsOf
from contracts.access import Permission
from services.moments.moments.domain.errors import MomentNotFoundError
from services.moments.timeline.api.sentences import Names, sentence
from services.moments.timeline.domain.entry import Kind
from services.moments.timeline.usecases.read_timeline import ReadTimeline, Timeline, read_timeline
from services.moments.wording import wording

router = Router(tags=["timeline"])

# Beyond these a day is no instant in every zone.
Bound = Annotated[
    Annotated[
        Day, Field(ge=date(1900, 1, 1), lt=date(2200, 1, 1), json_schema_extra={"pattern": "^(19|2[01])"})
    ]
    | None,
    Query(),
]


class EntryOut(Schema):
    event: str
    at: datetime
    text: str


class GroupOut(Schema):
    """What happened of one kind, newest first (R226, R228)."""

    kind: Kind
    heading: str
    entries: list[EntryOut]


class TimelineOut(Schema):
    """`period` says what was asked for; it is the whole one unless days were given (R222)."""

    period: str
    groups: list[GroupOut]
    next: str | None


@router.get("/moments/{moment_id}/timeline", summary="Read the timeline of a moment")
@refuses(MomentNotFoundError)
async def read(
    *,
    moment_id: str,
    caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)],
    units: UnitsOf,
    here: Here,
    kind: Annotated[list[Kind], Query(description="Only these kinds; left out, all.")] = [],  # noqa: B006
    first_day: Bound = None,
    last_day: Bound = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> TimelineOut:
    """What has happened, newest first; residents never see it. A page is grouped under the headings of its kinds."""
    after = read_cursor(cursor)
    if after is not None and not isinstance(after.key, datetime):
        raise MalformedCursorError
    command = ReadTimeline(moment_id, kind, first_day, last_day, after, limit)
    told = await units.run(caller, lambda work: read_timeline(command, work))
    region = here.room.tenants.by_slug(caller.tenant)
    names = Names(told.program, told.units, told.moment.unit, region.zone, region.end_reasons or {})
    last = told.entries[-1] if told.more else None
    return TimelineOut(
        period=_period(first_day, last_day),
        groups=_groups(told, names),
        next=None if last is None else cursor_after(last.at, last.id),
    )


def _groups(told: Timeline, names: Names) -> list[GroupOut]:
    groups = []
    for kind in Kind:
        entries = [
            EntryOut(event=entry.event, at=entry.at, text=sentence(entry, names))
            for entry in told.entries
            if entry.kind is kind
        ]
        if entries:
            heading = wording(f"timeline-heading-{kind.value}")
            groups.append(GroupOut(kind=kind, heading=heading, entries=entries))
    return groups


def _period(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return wording("timeline-whole-period")
    return wording("timeline-period", first=first or "", last=last or "").strip()
