"""Papers to keep over HTTP, for the resident (R90, R91, R370)."""

from typing import Annotated

from fastapi import Response

from chassis.http.identity import Resident
from chassis.http.permissions import NeedsResident
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.service import UnitsOf
from services.moments.moments.domain.errors import (
    MaintenanceExpiredError,
    MomentNotFoundError,
    NoSuchModuleError,
    StepNotUnlockedError,
)
from services.moments.moments.usecases.save_paper import (
    PaperNotHeldError,
    save_module,
    save_program,
    save_step,
)
from services.moments.programs.api.papers import PDF
from services.moments.programs.domain.program import StepNotFoundError
from services.moments.programs.rendering.pdf import PdfNotAvailableError, pdf_answer

router = Router(prefix="/me/moments/{moment_id}", tags=["resident"])

Me = Annotated[Resident, NeedsResident()]


@router.get("/pdf", summary="My program in summary as PDF", response_class=Response, responses=PDF)
@refuses(MaintenanceExpiredError, MomentNotFoundError, PaperNotHeldError, PdfNotAvailableError)
async def program_pdf(moment_id: str, caller: Me, units: UnitsOf) -> Response:
    """What has been opened of it. There when a module that is shown holds it."""
    return await pdf_answer(await units.run(caller, lambda work: save_program(moment_id, work)))


@router.get(
    "/modules/{module}/pdf", summary="A module of my program as PDF", response_class=Response, responses=PDF
)
@refuses(
    MaintenanceExpiredError, MomentNotFoundError, NoSuchModuleError, PaperNotHeldError, PdfNotAvailableError
)
async def module_pdf(moment_id: str, module: str, caller: Me, units: UnitsOf) -> Response:
    """Its steps that I can open. There when the module holds it."""
    return await pdf_answer(await units.run(caller, lambda work: save_module(moment_id, module, work)))


@router.get(
    "/modules/{module}/steps/{step}/pdf",
    summary="A page of my program as PDF",
    response_class=Response,
    responses=PDF,
)
@refuses(
    MaintenanceExpiredError,
    MomentNotFoundError,
    NoSuchModuleError,
    PdfNotAvailableError,
    StepNotFoundError,
    StepNotUnlockedError,
)
async def step_pdf(moment_id: str, module: str, step: str, caller: Me, units: UnitsOf) -> Response:
    """Every page that I can open; saving it opens it."""
    return await pdf_answer(await units.run(caller, lambda work: save_step(moment_id, module, step, work)))
