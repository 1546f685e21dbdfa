"""Bookmarks over HTTP, for the resident (R366)."""

from datetime import datetime
from typing import Annotated

from chassis.http.identity import Resident
from chassis.http.permissions import NeedsResident
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from services.moments.moments.domain.errors import (
    MaintenanceExpiredError,
    ModuleEndedError,
    MomentEndedError,
    MomentMaintainedError,
    MomentNotFoundError,
    NoSuchModuleError,
    StepNotUnlockedError,
)
from services.moments.moments.usecases.bookmark_step import bookmark_step, list_bookmarks, remove_bookmark
from services.moments.programs.domain.program import StepNotFoundError

router = Router(prefix="/me/moments/{moment_id}", tags=["resident"])

Me = Annotated[Resident, NeedsResident()]
_STEP = "/modules/{module}/steps/{step}/bookmark"


class MyBookmark(Schema):
    module: str
    module_name: str
    step: str
    step_name: str
    bookmarked_at: datetime


@router.get("/bookmarks", summary="My bookmarks in a program")
@refuses(MaintenanceExpiredError, MomentNotFoundError)
async def my_bookmarks(moment_id: str, caller: Me, units: UnitsOf) -> list[MyBookmark]:
    """In the order of the program; those in steps that are not shown any more are left out."""
    found = await units.run(caller, lambda work: list_bookmarks(moment_id, work))
    return [
        MyBookmark(
            module=each.module.code,
            module_name=each.module.name,
            step=each.step.code,
            step_name=each.step.name,
            bookmarked_at=each.at,
        )
        for each in found
    ]


@router.put(_STEP, status_code=204, summary="Bookmark a page of my program")
@refuses(
    StepNotUnlockedError,
    MaintenanceExpiredError,
    ModuleEndedError,
    MomentEndedError,
    MomentMaintainedError,
    MomentNotFoundError,
    NoSuchModuleError,
    StepNotFoundError,
)
async def bookmark(moment_id: str, module: str, step: str, caller: Me, units: UnitsOf) -> None:
    """Any page that can be opened; again changes nothing."""
    await units.run(caller, lambda work: bookmark_step(moment_id, module, step, work))


@router.delete(_STEP, status_code=204, summary="Take a bookmark out")
@refuses(
    MaintenanceExpiredError,
    MomentEndedError,
    MomentMaintainedError,
    MomentNotFoundError,
    NoSuchModuleError,
    StepNotFoundError,
)
async def unbookmark(moment_id: str, module: str, step: str, caller: Me, units: UnitsOf) -> None:
    """Nothing happens where there is none."""
    await units.run(caller, lambda work: remove_bookmark(moment_id, module, step, work))
