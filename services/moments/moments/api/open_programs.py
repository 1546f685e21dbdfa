"""Open programs over HTTP, for the resident: what is offered, its description, and the start (R25, R63, R374)."""

from typing import Annotated

from fastapi import Request, Response

from chassis.http.idempotency import COLLECTION, Answer, Idempotency, Once, RequiredKey
from chassis.http.identity import Resident
from chassis.http.permissions import NeedsResident
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import Here, PortsOf, UnitsOf
from contracts.fields import UnitId
from services.moments.directory import Ports
from services.moments.directory.over_http import DirectoryUnavailableError
from services.moments.moments.domain.errors import SameProgramOngoingError
from services.moments.moments.usecases.start_alone import StartAlone, start_alone
from services.moments.programs.rendering.markdown import html_of
from services.moments.programs.usecases.find_open_programs import (
    OpenOffer,
    ProgramNotOfferedError,
    find_open_program,
    find_open_programs,
)
from services.moments.residents.domain.resident import ResidentDeceasedError
from services.moments.work import MomentsWork

router = Router(prefix="/me/programs", tags=["resident"])


class OfferedRow(Schema):
    """A program I can start, and the unit that offers it."""

    unit_id: str
    unit_name: str
    program_id: str
    program_name: str
    summary: str


class OfferedProgram(OfferedRow):
    """What I read before I start it (R27)."""

    description_html: str


class StartedAloneOut(Schema):
    moment_id: str


@router.get("", summary="Programs I can start myself")
@refuses(DirectoryUnavailableError)
async def offered(
    caller: Annotated[Resident, NeedsResident()], units: UnitsOf, ports: Annotated[Ports, PortsOf]
) -> list[OfferedRow]:
    """Open programs that a unit has made available to a group I belong to."""
    found = await units.run(
        caller, lambda work: find_open_programs(caller.personnummer, work, ports.directory)
    )
    return [OfferedRow(**_row(offer)) for offer in found]


@router.get("/{unit_id}/{program_id}", summary="Read about a program before I start it")
@refuses(DirectoryUnavailableError, ProgramNotOfferedError)
async def describe(
    unit_id: UnitId,
    program_id: str,
    caller: Annotated[Resident, NeedsResident()],
    units: UnitsOf,
    ports: Annotated[Ports, PortsOf],
) -> OfferedProgram:
    """Only who starts it themselves reads this (R27)."""

    async def found(work: MomentsWork) -> OpenOffer:
        offer, who = await find_open_program(unit_id, program_id, caller.personnummer, work, ports.directory)
        work.audit("programs.offered", resident=who.resident_id)
        return offer

    offer = await units.run(caller, found)
    return OfferedProgram(**_row(offer), description_html=html_of(offer.description))


@router.post(
    "/{unit_id}/{program_id}/start",
    status_code=201,
    response_model=StartedAloneOut,
    summary="Start a program myself",
)
@refuses(DirectoryUnavailableError, ProgramNotOfferedError, ResidentDeceasedError, SameProgramOngoingError)
async def start(
    *,
    request: Request,
    unit_id: UnitId,
    program_id: str,
    _key: RequiredKey,
    caller: Annotated[Resident, NeedsResident()],
    units: UnitsOf,
    here: Here,
    ports: Annotated[Ports, PortsOf],
) -> Response:
    """It is there at once; the unit sees it and chooses who is responsible."""
    command = StartAlone(unit_id, program_id, caller.personnummer)

    async def started(once: Once, work: MomentsWork) -> Answer:
        moment = await start_alone(command, work, ports.directory)
        told = StartedAloneOut(moment_id=moment.id)
        answer = Answer(201, told.model_dump(), {"Location": f"/me/moments/{moment.id}"}, about=moment.id)
        work.insert(COLLECTION, once.document(answer))
        return answer

    async def run(once: Once) -> Answer:
        return await units.run(caller, lambda work: started(once, work))

    once = Idempotency(here.room.database[COLLECTION], here.room.clock, here.room.pseudonyms)
    return await once.idempotently(request, caller, run)


def _row(offer: OpenOffer) -> dict[str, str]:
    return {
        "unit_id": offer.unit.id,
        "unit_name": offer.unit.name,
        "program_id": offer.program.code,
        "program_name": offer.program.name,
        "summary": offer.program.summary,
    }
