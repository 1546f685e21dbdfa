"""GET /ended-moments: what a unit may purge, and what it must purge first."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_after
from chassis.http.permissions import Needs
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from services.retention.api.pages import after_time
from services.retention.domain.moment import Obstacle
from services.retention.usecases.list_ended_moments import EndedMoment, list_ended_moments

router = Router(tags=["ended moments"])


class EndedMomentRow(Schema):
    """Ids only: names are asked of moments."""

    moment_id: str
    resident_id: str
    program_id: str
    program_version: str
    started_at: datetime
    ended_at: datetime
    reason: str
    days_since_end: int = Field(description="Civil days of the region since the end.")
    purgeable: bool
    obstacle: Obstacle | None = Field(description="Why it cannot be purged now.")
    linked_moments: int = Field(description="Moments that continue it and must be purged first.")
    purge_id: str | None = Field(description="The purge under way.")


@router.get("/ended-moments", summary="List the unit's ended moments, longest ago first")
async def ended_moments(
    caller: Annotated[Staff, Needs(Permission.SEE_ENDED)],
    units: UnitsOf,
    older_than_days: Annotated[int | None, Query(ge=0, le=36500)] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[EndedMomentRow]:
    after = after_time(cursor)
    found = await units.run(
        caller,
        lambda work: list_ended_moments(
            caller.unit, work, older_than_days=older_than_days, after=after, limit=limit
        ),
    )
    last = found[-1] if len(found) == limit else None
    return Page(
        items=[_row(each) for each in found],
        next=cursor_after(last.ended_at, last.moment.id) if last else None,
    )


def _row(each: EndedMoment) -> EndedMomentRow:
    moment = each.moment
    return EndedMomentRow(
        moment_id=moment.id,
        resident_id=moment.resident_id,
        program_id=moment.program_id,
        program_version=moment.program_version,
        started_at=moment.started_at,
        ended_at=each.ended_at,
        reason=moment.reason or "",
        days_since_end=each.days_since_end,
        purgeable=each.obstacle is None,
        obstacle=each.obstacle,
        linked_moments=each.linked,
        purge_id=moment.purge_id,
    )
