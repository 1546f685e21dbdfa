"""What units offer, over HTTP: the region's administrator activates, the resident administrator opens (R31, R260)."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Response
from pydantic import Field

from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from contracts.fields import UnitId
from services.moments.moments.domain.errors import MomentEndedError
from services.moments.programs.domain.offer import Offer, ProgramNotActiveError, ProgramNotOpenError
from services.moments.programs.domain.release import (
    MinorBreaksProgramError,
    ProgramForPracticeError,
    ProgramNotApprovedError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
)
from services.moments.programs.domain.target import AgesUpsideDownError, TargetGroup
from services.moments.programs.usecases.activate_program import (
    ActivateProgram,
    InactivateProgram,
    activate_program,
    inactivate_program,
)
from services.moments.programs.usecases.apply_minor import ApplyMinor, apply_to, find_behind
from services.moments.programs.usecases.open_program import (
    CloseProgram,
    OpenProgram,
    close_program,
    open_program,
)
from services.moments.units.domain.publishing import UnitForPracticeError
from services.moments.units.domain.unit import UnitInactiveError, UnitNotFoundError

router = Router(tags=["programs"])

# Moments that are changed in one unit of work: few enough to be done again when one of them is changed meanwhile.
_TOGETHER = 20
_Age = Annotated[int, Field(ge=0, le=130)]


class ActivateProgramIn(Schema):
    version: Annotated[str, Field(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}$")]


class ApplyMinorIn(Schema):
    version: Annotated[str, Field(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}$")]
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class AppliedOut(Schema):
    """How many moments go on with the version since this request, and how many wait for the next one."""

    version: str
    applied: int
    remaining: int


class GroupOut(Schema):
    """Who may start it alone: counties by their two digits; ages in whole years, both ends included (R25)."""

    counties: list[str]
    sexes: list[str]
    youngest: int | None
    oldest: int | None


class GroupIn(Schema):
    """A choice left empty excludes nobody."""

    counties: Annotated[list[Annotated[str, Field(pattern=r"^[0-9]{2}$")]], Field(max_length=25)] = Field(
        default_factory=list
    )
    sexes: Annotated[list[Literal["female", "male"]], Field(max_length=2)] = Field(default_factory=list)
    youngest: _Age | None = None
    oldest: _Age | None = None


class OpenProgramIn(Schema):
    """`group` left out is the one that the program's designer suggests."""

    group: GroupIn | None = None


class OfferOut(Schema):
    unit_id: str
    program_id: str
    version: str
    active: bool
    open_to: GroupOut | None


@router.put("/units/{hsa_id}/programs/{program_id}", summary="Activate a program on a unit")
@refuses(
    ProgramForPracticeError,
    ProgramNotApprovedError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
    UnitInactiveError,
    UnitNotFoundError,
)
async def activate(
    hsa_id: UnitId,
    program_id: str,
    body: ActivateProgramIn,
    caller: Annotated[Staff, Needs(Permission.ACTIVATE_PROGRAM)],
    units: UnitsOf,
) -> OfferOut:
    """The unit's practitioners can start this version, instead of any other of the program."""
    command = ActivateProgram(hsa_id, program_id, body.version)
    return _offer_out(await units.run(caller, lambda work: activate_program(command, work)))


@router.delete(
    "/units/{hsa_id}/programs/{program_id}", status_code=204, summary="Inactivate a program on a unit"
)
@refuses(ProgramNotActiveError, UnitNotFoundError)
async def inactivate(
    hsa_id: UnitId,
    program_id: str,
    caller: Annotated[Staff, Needs(Permission.ACTIVATE_PROGRAM)],
    units: UnitsOf,
) -> Response:
    """Nobody starts it any more at the unit; moments that run go on."""
    command = InactivateProgram(hsa_id, program_id)
    await units.run(caller, lambda work: inactivate_program(command, work))
    return Response(status_code=204)


@router.post(
    "/units/{hsa_id}/programs/{program_id}/apply-minor",
    summary="Apply a MINOR version to a unit's running moments",
)
@refuses(
    MinorBreaksProgramError,
    MomentEndedError,
    ProgramForPracticeError,
    ProgramNotApprovedError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
    UnitNotFoundError,
)
async def apply_minor(
    hsa_id: UnitId,
    program_id: str,
    body: ApplyMinorIn,
    caller: Annotated[Staff, Needs(Permission.ACTIVATE_PROGRAM)],
    units: UnitsOf,
) -> AppliedOut:
    """To at most `limit` of them; ask again while `remaining` is above 0. A MAJOR version reaches new moments only."""
    command = ApplyMinor(hsa_id, program_id, body.version, body.limit)
    behind, total = await units.run(caller, lambda work: find_behind(command, work))

    async def apply(chunk: Sequence[str]) -> int:
        return await units.run(caller, lambda work: apply_to(chunk, command, work))

    applied = sum(
        [await apply(behind[at : at + _TOGETHER]) for at in range(0, len(behind), _TOGETHER)],
    )
    return AppliedOut(version=body.version, applied=applied, remaining=total - len(behind))


@router.put("/programs/{program_id}/openness", summary="Let a group of residents start a program alone")
@refuses(
    AgesUpsideDownError,
    ProgramForPracticeError,
    ProgramNotActiveError,
    ProgramNotApprovedError,
    ProgramNotOpenError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
    UnitForPracticeError,
    UnitNotFoundError,
)
async def open_(
    program_id: str,
    body: OpenProgramIn,
    caller: Annotated[Staff, Needs(Permission.OPEN_PROGRAM)],
    units: UnitsOf,
) -> OfferOut:
    """At the own unit. The program needs a description to read before the start, by its designer."""
    command = OpenProgram(caller.unit, program_id, None if body.group is None else _group(body.group))
    return _offer_out(await units.run(caller, lambda work: open_program(command, work)))


@router.delete("/programs/{program_id}/openness", status_code=204, summary="Let only staff start a program")
@refuses(ProgramNotActiveError, UnitNotFoundError)
async def close(
    program_id: str, caller: Annotated[Staff, Needs(Permission.OPEN_PROGRAM)], units: UnitsOf
) -> Response:
    """At the own unit; what residents have started goes on."""
    await units.run(caller, lambda work: close_program(CloseProgram(caller.unit, program_id), work))
    return Response(status_code=204)


def _group(body: GroupIn) -> TargetGroup:
    return TargetGroup(tuple(body.counties), tuple(body.sexes), body.youngest, body.oldest)


def _offer_out(offer: Offer) -> OfferOut:
    group = offer.open_to
    told = None
    if group is not None:
        told = GroupOut(
            counties=list(group.counties),
            sexes=list(group.sexes),
            youngest=group.youngest,
            oldest=group.oldest,
        )
    return OfferOut(
        unit_id=offer.unit,
        program_id=offer.program,
        version=offer.release.partition("@")[2],
        active=offer.active,
        open_to=told,
    )
