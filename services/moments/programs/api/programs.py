"""Programs over HTTP: upload, publish, see, and activate on units."""

from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import Field

from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_after, read_cursor
from chassis.http.permissions import Needs
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from contracts.fields import UnitId
from services.moments.programs.api.schemas import ProgramOut, ReleaseOut, program_out, release_out
from services.moments.programs.definitions.reading import Fault, InvalidProgramError, read_definition
from services.moments.programs.store.catalogue import Entry, active_at, entries
from services.moments.programs.usecases.activate_program import (
    ActivateProgram,
    InactivateProgram,
    activate_program,
    inactivate_program,
)
from services.moments.programs.usecases.find_program import program_version
from services.moments.programs.usecases.publish_program import PublishProgram, publish_program
from services.moments.programs.usecases.upload_program import UploadProgram, upload_program
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
    """A version of a program in a list."""

    program_id: str
    version: str
    name: str
    kind: str
    summary: str
    recommended_days: int
    messaging: bool
    state: str
    active_here: bool


class ActivateProgramIn(Schema):
    version: Annotated[str, Field(pattern=r"^\d{1,4}\.\d{1,4}$")]


class OfferOut(Schema):
    unit_id: str
    program_id: str
    version: str
    active: bool


@router.post(
    "/programs",
    status_code=201,
    response_model=ReleaseOut,
    openapi_extra=_YAML,
    summary="Upload a version of a program",
)
async def upload(
    request: Request, caller: Annotated[Staff, Needs(Permission.UPLOAD_PROGRAM)], units: UnitsOf
) -> ReleaseOut:
    """The body is the definition in YAML. What is wrong with it is told line by line in `fields`."""
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError:
        raise InvalidProgramError([Fault(1, "", "the definition is not UTF-8")]) from None
    command = UploadProgram(read_definition(text))
    return release_out(await units.run(caller, lambda work: upload_program(command, work)))


@router.post("/programs/{program_id}/versions/{version}/publish", summary="Publish a version of a program")
async def publish(
    program_id: str,
    version: str,
    caller: Annotated[Staff, Needs(Permission.PUBLISH_PROGRAM)],
    units: UnitsOf,
) -> ReleaseOut:
    """From now on units can get it, and its content is final."""
    command = PublishProgram(program_id, version)
    return release_out(await units.run(caller, lambda work: publish_program(command, work)))


@router.get("/programs", summary="List programs")
async def list_programs(
    caller: Annotated[Staff, Needs(Permission.SEE_PROGRAMS)],
    units: UnitsOf,
    which: Annotated[Literal["active", "published", "all"], Query(alias="list")] = "active",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ProgramRow]:
    """`active`: what the own unit may start; `published`: what may be activated; `all`: unpublished too."""
    after = read_cursor(cursor)

    async def found(work: MomentsWork) -> list[Entry]:
        return await entries(
            work,
            active=await active_at(work, caller.unit),
            states=["published"] if which == "published" else None,
            only_active=which == "active",
            after=after,
            limit=limit,
        )

    rows = await units.run(caller, found)
    last = rows[limit - 1].release if len(rows) > limit else None
    return Page[ProgramRow](
        items=[_row(entry) for entry in rows[:limit]],
        next=None if last is None else cursor_after(last, last),
    )


@router.get("/programs/{program_id}/versions/{version}", summary="Read a version of a program")
async def read_program(
    program_id: str, version: str, caller: Annotated[Staff, Needs(Permission.SEE_PROGRAMS)], units: UnitsOf
) -> ProgramOut:
    """Its modules and steps with their texts, as in the content catalogue (R13)."""
    return program_out(await units.run(caller, lambda work: program_version(work, program_id, version)))


@router.put("/units/{hsa_id}/programs/{program_id}", summary="Activate a program on a unit")
async def activate(
    hsa_id: UnitId,
    program_id: str,
    body: ActivateProgramIn,
    caller: Annotated[Staff, Needs(Permission.ACTIVATE_PROGRAM)],
    units: UnitsOf,
) -> OfferOut:
    """The unit's practitioners can start this version, instead of any other of the program."""
    command = ActivateProgram(hsa_id, program_id, body.version)
    offer = await units.run(caller, lambda work: activate_program(command, work))
    return OfferOut(unit_id=offer.unit, program_id=offer.program, version=body.version, active=offer.active)


@router.delete(
    "/units/{hsa_id}/programs/{program_id}", status_code=204, summary="Inactivate a program on a unit"
)
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


def _row(entry: Entry) -> ProgramRow:
    return ProgramRow(
        program_id=entry.program_id,
        version=entry.version,
        name=entry.name,
        kind=entry.kind,
        summary=entry.summary,
        recommended_days=entry.recommended_days,
        messaging=entry.messaging,
        state=entry.state,
        active_here=entry.is_active_here,
    )
