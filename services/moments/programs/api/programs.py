"""Programs over HTTP for those who make them: upload, publish, take back; and the catalogue for all staff."""

from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_after, read_cursor
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from contracts.fields import UnitId
from services.moments.programs.api.schemas import (
    ReadProgramOut,
    ReleaseOut,
    label_of,
    read_program_out,
    release_out,
)
from services.moments.programs.definitions.reading import Fault, InvalidProgramError, read_definition
from services.moments.programs.domain.release import (
    MinorBreaksProgramError,
    ProgramInCareError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramOwnedElsewhereError,
    ProgramPublishedError,
)
from services.moments.programs.domain.sharing import ProgramReceivedError
from services.moments.programs.store.catalogue import Entry, Tab, entries
from services.moments.programs.usecases.publish_program import (
    PublishProgram,
    UnpublishProgram,
    publish_program,
    release_of,
    unpublish_program,
)
from services.moments.programs.usecases.upload_program import UploadProgram, upload_program
from services.moments.units.domain.publishing import NotPublishingUnitError, PublishingRoleMissingError
from services.moments.units.domain.unit import UnitInactiveError, UnitNotFoundError
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork

router = Router(tags=["programs"])

_YAML: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A program definition, as those in programs/.",
        "content": {"application/yaml": {"schema": {"type": "string"}}},
    }
}


class ProgramRow(Schema):
    """A version of a program in a list; `label` is the name with the mark of open programs (R29).

    `open_here`: residents of a group can start it alone at the unit.
    """

    program_id: str
    version: str
    name: str
    label: str
    kind: str
    summary: str
    recommended_days: int
    messaging: bool
    open: bool
    state: str
    owner_unit_id: str
    from_region: str | None
    active_here: bool
    open_here: bool


class PublishIn(Schema):
    """`care_givers` by organisation number; left out, every care giver of the region gets it."""

    care_givers: (
        Annotated[list[Annotated[str, Field(pattern=r"^[0-9]{10}$")]], Field(min_length=1, max_length=100)]
        | None
    ) = None


@router.post(
    "/programs",
    status_code=201,
    response_model=ReleaseOut,
    openapi_extra=_YAML,
    summary="Upload a version of a program",
)
@refuses(
    InvalidProgramError([Fault(4, "modules", "at least one module")]),
    ProgramOwnedElsewhereError,
    ProgramPublishedError,
    PublishingRoleMissingError,
)
async def upload(
    request: Request, caller: Annotated[Staff, Needs(Permission.UPLOAD_PROGRAM)], units: UnitsOf
) -> ReleaseOut:
    """The body is the definition in YAML. What is wrong with it is told line by line in `fields`."""
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError:
        raise InvalidProgramError([Fault(1, "", "the definition is not UTF-8")]) from None
    command = UploadProgram(read_definition(text), caller.unit)
    return release_out(await units.run(caller, lambda work: upload_program(command, work)))


@router.post("/programs/{program_id}/versions/{version}/publish", summary="Publish a version of a program")
@refuses(
    MinorBreaksProgramError,
    NotPublishingUnitError,
    ProgramInCareError,
    ProgramNotFoundError,
    ProgramReceivedError,
    UnitInactiveError,
    UnitNotFoundError,
)
async def publish(
    *,
    program_id: str,
    version: str,
    body: PublishIn | None = None,
    caller: Annotated[Staff, Needs(Permission.PUBLISH_PROGRAM)],
    units: UnitsOf,
) -> ReleaseOut:
    """From the caller's unit, a publishing unit. Its content is final.

    For care: units of these care givers can get it. For practice: the training publishing unit can.
    """
    chosen = None if body is None or body.care_givers is None else frozenset(body.care_givers)
    command = PublishProgram(program_id, version, chosen)
    return release_out(await units.run(caller, lambda work: publish_program(command, work)))


@router.post(
    "/programs/{program_id}/versions/{version}/unpublish", summary="Take a version of a program back"
)
@refuses(
    NotPublishingUnitError,
    ProgramInCareError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramReceivedError,
    UnitInactiveError,
    UnitNotFoundError,
)
async def unpublish(
    program_id: str,
    version: str,
    caller: Annotated[Staff, Needs(Permission.PUBLISH_PROGRAM)],
    units: UnitsOf,
) -> ReleaseOut:
    """From the caller's unit, a publishing unit. Nobody starts it any more; moments that run go on."""
    command = UnpublishProgram(program_id, version)
    return release_out(await units.run(caller, lambda work: unpublish_program(command, work)))


@router.get("/programs", summary="List programs")
@refuses(UnitNotFoundError)
async def list_programs(
    *,
    caller: Annotated[Staff, Needs(Permission.SEE_PROGRAMS)],
    units: UnitsOf,
    tab: Annotated[Tab, Query(alias="list")] = Tab.ACTIVE,
    unit_id: UnitId | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ProgramRow]:
    """`active`: what the unit may start; `available`: what may be activated on it besides; `all`; `unpublished`.

    The unit is the caller's own; a region's administrator may name any.
    """
    after = read_cursor(cursor, str)

    async def found(work: MomentsWork) -> list[Entry]:
        unit = await (work.units.find(caller.unit) if unit_id is None else unit_in_reach(work, unit_id))
        at, in_practice = (caller.unit, False) if unit is None else (unit.id, unit.is_for_practice)
        return await entries(work, tab, unit=at, in_practice=in_practice, after=after, limit=limit)

    rows = await units.run(caller, found)
    last = rows[limit - 1].release if len(rows) > limit else None
    return Page[ProgramRow](
        items=[_row(entry) for entry in rows[:limit]],
        next=None if last is None else cursor_after(last, last),
    )


@router.get("/programs/{program_id}/versions/{version}", summary="Read a version of a program")
@refuses(ProgramNotFoundError)
async def read_program(
    program_id: str, version: str, caller: Annotated[Staff, Needs(Permission.SEE_PROGRAMS)], units: UnitsOf
) -> ReadProgramOut:
    """Its modules and steps with what stands in them, as in the content catalogue (R13)."""
    return read_program_out(await units.run(caller, lambda work: release_of(work, program_id, version)))


def _row(entry: Entry) -> ProgramRow:
    return ProgramRow(
        program_id=entry.program_id,
        version=entry.version,
        name=entry.name,
        label=label_of(entry.name, is_open=entry.is_open),
        kind=entry.kind,
        summary=entry.summary,
        recommended_days=entry.recommended_days,
        messaging=entry.messaging,
        open=entry.is_open,
        state=entry.state,
        owner_unit_id=entry.owner_unit,
        from_region=entry.from_region,
        active_here=entry.is_active_here,
        open_here=entry.is_open_here,
    )
