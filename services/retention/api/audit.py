"""The audit log: for checks by administrators, and for residents about their own data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from chassis.http.identity import Resident, Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_after
from chassis.http.permissions import Needs, NeedsResident
from chassis.http.routing import Router
from chassis.http.schema import Instant, Schema
from chassis.mongo import Document
from chassis.service import UnitsOf
from contracts.access import Permission
from contracts.fields import ActorId, MomentId, ResidentId
from services.retention.api.pages import after_time
from services.retention.store.accesses import within_tenant
from services.retention.usecases.search_audit import read_access_log, search_audit

router = Router(tags=["audit log"])
ActorKind = Literal["staff", "resident", "system"]


class AccessRow(Schema):
    """Who did what with whose data, where and when."""

    at: datetime
    service: str
    action: str
    actor_kind: ActorKind
    actor_id: str
    unit_id: str | None
    resident_id: str | None
    moment_id: str | None


class OwnAccessRow(Schema):
    """The care unit and time, and what was done; not which person."""

    at: datetime
    action: str
    actor_kind: ActorKind = Field(description="What kind of actor: staff, yourself, or the system.")
    unit_id: str | None


@router.get("/audit", summary="Search the audit log, newest first")
async def audit(
    *,
    caller: Annotated[Staff, Needs(Permission.SEE_AUDIT)],
    units: UnitsOf,
    resident: ResidentId | None = None,
    moment: MomentId | None = None,
    actor: ActorId | None = None,
    begin: Annotated[Instant | None, Query(alias="from")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="Not included.")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AccessRow]:
    after = after_time(cursor)
    asked = {"resident_id": resident, "moment_id": moment, "actor_id": actor}
    where = {name: value for name, value in asked.items() if value is not None}
    found = await units.run(
        caller,
        lambda work: search_audit(where, work, begin=begin, end=end, after=after, limit=limit),
    )
    return Page(
        items=[
            AccessRow(
                at=row["at"],
                service=row["service"],
                action=row["action"],
                actor_kind=row["actor_kind"],
                actor_id=row["actor_id"],
                unit_id=row["unit_id"],
                resident_id=row["resident_id"],
                moment_id=row["moment_id"],
            )
            for row in found
        ],
        next=_next(found, limit),
    )


@router.get("/me/access-log", summary="Who has had access to my data, newest first")
async def my_access_log(
    caller: Annotated[Resident, NeedsResident()],
    units: UnitsOf,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OwnAccessRow]:
    after = after_time(cursor)
    found = await units.run(caller, lambda work: read_access_log(work, after=after, limit=limit))
    rows = [
        OwnAccessRow(at=row["at"], action=row["action"], actor_kind=row["actor_kind"], unit_id=row["unit_id"])
        for row in found
    ]
    return Page(items=rows, next=_next(found, limit))


def _next(found: Sequence[Document], limit: int) -> str | None:
    return cursor_after(found[-1]["at"], within_tenant(found[-1])) if len(found) == limit else None
