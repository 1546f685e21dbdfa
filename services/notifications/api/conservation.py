"""The account of a day, for operations."""

from typing import Annotated

from fastapi import Query

from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.routing import Router
from chassis.http.schema import Day, Schema
from chassis.service import Here
from contracts.access import Permission
from services.notifications.store.conservation import balance

router = Router(tags=["operations"])


class Account(Schema):
    """What was asked on a day and what became of it; `differences` names what does not add up."""

    tenant: str
    day: str
    asked: int
    recorded: int
    sent: int
    digested: int
    suppressed: int
    failed: int
    unknown: int
    pending: int
    doubled: int
    stranded: int
    undelivered: int
    entries: int
    entered: int
    channels: dict[str, dict[str, int]]
    digests: dict[str, int]
    codes: dict[str, int]
    balanced: bool
    differences: list[str]


@router.get("/conservation", summary="Add up a day's notices")
async def conservation(
    caller: Annotated[Staff, Needs(Permission.OPERATE)],
    here: Here,
    day: Annotated[Day | None, Query(description="A civil day of the tenant; today without it.")] = None,
) -> Account:
    """Every notice asked for is exactly one of sent, digested, suppressed, failed, unknown and pending."""
    room = here.room
    region, now = room.tenants.by_slug(caller.tenant), room.clock.now()
    wanted = day or now.astimezone(region.zone).date()
    found = await balance(room.client, room.database, region, wanted, now)
    return Account(**found.as_json)
