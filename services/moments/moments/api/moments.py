"""Moments over HTTP, for staff: start, open, greet, and change practitioner."""

from typing import Annotated

from fastapi import Request, Response

from chassis.errors import DuplicateKeyError
from chassis.http.etags import RequiredVersion, etag
from chassis.http.idempotency import COLLECTION, Answer, Idempotency, Once, RequiredKey
from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.personnummer import InvalidPersonnummerError, ReserveNumberError
from chassis.service import Here, PortsOf, UnitsOf
from contracts.access import Permission
from services.moments.directory import Ports, ResidentNotInRegisterError
from services.moments.directory.over_http import DirectoryUnavailableError
from services.moments.moments.api.answers import UNTIL_ITS_END, WHILE_ONGOING, changed
from services.moments.moments.api.schemas import (
    CategoriseIn,
    ChangedOut,
    EndReasonOut,
    MomentOut,
    PractitionerIn,
    StartedOut,
    StartMomentIn,
    WelcomeIn,
)
from services.moments.moments.api.views import moment_out
from services.moments.moments.domain.errors import (
    MomentNotFoundError,
    NotPractitionerError,
    NotResponsibleError,
)
from services.moments.moments.usecases.categorise_moment import CategoriseMoment, categorise_moment
from services.moments.moments.usecases.change_practitioner import ChangePractitioner, change_practitioner
from services.moments.moments.usecases.edit_welcome import EditWelcome, edit_welcome
from services.moments.moments.usecases.end_reasons import end_reasons
from services.moments.moments.usecases.open_moment import open_moment
from services.moments.moments.usecases.start_moment import StartMoment, start_moment
from services.moments.programs.domain.offer import ProgramNotActiveError
from services.moments.programs.domain.release import (
    ProgramForPracticeError,
    ProgramNotApprovedError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
)
from services.moments.residents.domain.resident import ResidentDeceasedError, ResidentLeavingError
from services.moments.units.domain.categories import NoSuchCategoryError
from services.moments.units.domain.unit import UnitInactiveError, UnitNotFoundError
from services.moments.wording import notice
from services.moments.work import MomentsWork

router = Router(tags=["moments"])


@router.post("/moments", status_code=201, response_model=StartedOut, summary="Start a moment")
@refuses(
    DirectoryUnavailableError,
    InvalidPersonnummerError,
    NotPractitionerError,
    ProgramForPracticeError,
    ProgramNotActiveError,
    ProgramNotApprovedError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
    ReserveNumberError,
    ResidentDeceasedError,
    ResidentLeavingError,
    ResidentNotInRegisterError,
    UnitInactiveError,
    UnitNotFoundError,
)
async def start(
    *,
    request: Request,
    body: StartMomentIn,
    _key: RequiredKey,
    caller: Annotated[Staff, Needs(Permission.START_MOMENT)],
    units: UnitsOf,
    here: Here,
    ports: Annotated[Ports, PortsOf],
) -> Response:
    """Start a program for a resident, with a practitioner, at the own unit. Warnings refuse nothing (R53)."""
    command = StartMoment(body.personnummer, body.program_id, _somebody(body.practitioner_id), caller.unit)
    room = here.room

    async def started(once: Once, work: MomentsWork) -> Answer:
        begun = await start_moment(command, work, ports.directory)
        told = StartedOut(
            moment_id=begun.moment.id,
            version=1,
            warnings=[notice(warning.value) for warning in begun.warnings],
        )
        headers = {"Location": f"/moments/{begun.moment.id}", "ETag": etag(1)}
        answer = Answer(201, told.model_dump(), headers, about=begun.moment.id)
        work.insert(COLLECTION, once.document(answer))
        return answer

    async def run(once: Once) -> Answer:
        try:
            return await units.run(caller, lambda work: started(once, work))
        except DuplicateKeyError as error:
            if error.collection != "residents":
                raise
            # Two first moments of one resident at once: now the resident is there.
            return await units.run(caller, lambda work: started(once, work))

    once = Idempotency(room.database[COLLECTION], room.clock, room.pseudonyms)
    return await once.idempotently(request, caller, run)


@router.get("/moments/{moment_id}", summary="Open a moment")
@refuses(MomentNotFoundError)
async def open_(
    moment_id: str,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)],
    units: UnitsOf,
) -> MomentOut:
    """Header, information box, modules with their steps, welcome text and flags."""
    opened = await units.run(caller, lambda work: open_moment(moment_id, work))
    response.headers["ETag"] = etag(opened.reading.moment.version)
    return moment_out(opened)


@router.put("/moments/{moment_id}/practitioner", summary="Change practitioner")
@refuses(*UNTIL_ITS_END, NotPractitionerError, NotResponsibleError)
async def change_practitioner_(
    *,
    moment_id: str,
    body: PractitionerIn,
    version: RequiredVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.REASSIGN_MOMENT)],
    units: UnitsOf,
) -> ChangedOut:
    """A resident administrator hands over any moment of the unit, the responsible practitioner their own."""
    command = ChangePractitioner(moment_id, _somebody(body.practitioner_id), version)
    return changed(await units.run(caller, lambda work: change_practitioner(command, work)), response)


@router.put("/moments/{moment_id}/welcome", summary="Write the resident's own welcome text, or hide it")
@refuses(*WHILE_ONGOING)
async def edit_welcome_(
    *,
    moment_id: str,
    body: WelcomeIn,
    version: RequiredVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.CONDUCT_MOMENT)],
    units: UnitsOf,
) -> ChangedOut:
    """What is saved is what the resident reads; without a text it is the program's own."""
    command = EditWelcome(moment_id, body.text, body.hidden, version)
    return changed(await units.run(caller, lambda work: edit_welcome(command, work)), response)


@router.put("/moments/{moment_id}/categories", summary="Put a moment in categories of the unit")
@refuses(*UNTIL_ITS_END, NoSuchCategoryError)
async def categorise(
    *,
    moment_id: str,
    body: CategoriseIn,
    version: RequiredVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.CATEGORISE_MOMENT)],
    units: UnitsOf,
) -> ChangedOut:
    """It stands in exactly these, and the lists can be filtered by them."""
    command = CategoriseMoment(moment_id, frozenset(body.category_ids), version)
    return changed(await units.run(caller, lambda work: categorise_moment(command, work)), response)


@router.get("/end-reasons", summary="List the reasons a moment can end for")
async def list_end_reasons(
    caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)], units: UnitsOf
) -> list[EndReasonOut]:
    """What staff choose from, in the region's order."""

    async def listed(work: MomentsWork) -> list[EndReasonOut]:
        return [EndReasonOut(reason=code, text=text) for code, text in end_reasons(work).items()]

    return await units.run(caller, listed)


def _somebody(written: str) -> str | None:
    return None if written == "me" else written
