"""Sharing programs with other regions over HTTP (R38)."""

from typing import Annotated

from pydantic import Field

from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from services.moments.programs.api.schemas import ReleaseOut, release_out
from services.moments.programs.domain.release import (
    ProgramForPracticeError,
    ProgramInCareError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
)
from services.moments.programs.domain.sharing import (
    NoSuchRegionError,
    ProgramCodeTooLongError,
    ProgramNotForOthersError,
    ProgramReceivedError,
)
from services.moments.programs.usecases.share_program import ShareProgram, share_program
from services.moments.units.domain.publishing import NotPublishingUnitError
from services.moments.units.domain.unit import UnitInactiveError, UnitNotFoundError
from services.moments.work import MomentsWork

router = Router(tags=["programs"])


class ShareIn(Schema):
    """All regions that are to have it; an empty list takes it back from all."""

    regions: Annotated[list[Annotated[str, Field(pattern=r"^[a-z]{2,32}$")]], Field(max_length=50)]


class RegionOut(Schema):
    region: str
    name: str


@router.get("/regions", summary="List the other regions")
async def list_regions(
    caller: Annotated[Staff, Needs(Permission.SEE_PROGRAMS)], units: UnitsOf
) -> list[RegionOut]:
    """Whom a program can be shared with, and what the regions are called that programs come from."""

    async def others(work: MomentsWork) -> list[RegionOut]:
        found = [region for region in work.room.tenants if region.slug != work.tenant]
        return sorted(
            (RegionOut(region=region.slug, name=region.name) for region in found), key=lambda out: out.name
        )

    return await units.run(caller, others)


@router.put(
    "/programs/{program_id}/versions/{version}/regions",
    summary="Share a version of a program with other regions",
)
@refuses(
    NotPublishingUnitError,
    ProgramCodeTooLongError,
    ProgramForPracticeError,
    ProgramInCareError,
    ProgramNotForOthersError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramReceivedError,
    ProgramUnpublishedError,
    NoSuchRegionError,
    UnitInactiveError,
    UnitNotFoundError,
)
async def share(
    program_id: str,
    version: str,
    body: ShareIn,
    caller: Annotated[Staff, Needs(Permission.PUBLISH_PROGRAM)],
    units: UnitsOf,
) -> ReleaseOut:
    """Exactly these can activate it on their units. Left out, a region starts it no more; what runs there goes on."""
    command = ShareProgram(program_id, version, frozenset(body.regions))
    return release_out(await units.run(caller, lambda work: share_program(command, work)))
