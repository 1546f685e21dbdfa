"""Programs as PDF over HTTP, for staff: every step, module and program of the catalogue (R91, R92)."""

from typing import Annotated, Any

from fastapi import Response

from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from services.moments.programs.domain.program import ModuleNotFoundInProgramError, Program, StepNotFoundError
from services.moments.programs.domain.release import ProgramNotFoundError
from services.moments.programs.rendering.paper import module_paper, program_paper, step_paper
from services.moments.programs.rendering.pdf import PdfNotAvailableError, pdf_answer
from services.moments.programs.usecases.find_program import program_version

router = Router(prefix="/programs/{program_id}/versions/{version}", tags=["programs"])

Reader = Annotated[Staff, Needs(Permission.SEE_PROGRAMS)]
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A tagged PDF (PDF/UA) in Swedish.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class PaperOut(Schema):
    """A PDF to open: `path` below this service; `step` is null for a module's own."""

    module: str
    step: str | None
    name: str
    path: str


@router.get("/pdfs", summary="List what of a program is there as PDF")
@refuses(ProgramNotFoundError)
async def list_(program_id: str, version: str, caller: Reader, units: UnitsOf) -> list[PaperOut]:
    """Each module and its steps, in the program's order ("Steg tillgängliga som PDF", R92)."""
    program = await _program(caller, units, program_id, version)
    found = []
    for module in program.modules:
        base = f"/programs/{program.code}/versions/{program.version}/modules/{module.code}"
        found.append(PaperOut(module=module.code, step=None, name=module.name, path=f"{base}/pdf"))
        found += [
            PaperOut(module=module.code, step=step.code, name=step.name, path=f"{base}/steps/{step.code}/pdf")
            for step in module.steps
        ]
    return found


@router.get("/pdf", summary="A program in summary as PDF", response_class=Response, responses=PDF)
@refuses(PdfNotAvailableError, ProgramNotFoundError)
async def program_pdf(program_id: str, version: str, caller: Reader, units: UnitsOf) -> Response:
    """Its modules with their summaries and the names of their steps."""
    program = await _program(caller, units, program_id, version)
    return await pdf_answer(program_paper(program, [(module, module.steps) for module in program.modules]))


@router.get("/modules/{code}/pdf", summary="A module as PDF", response_class=Response, responses=PDF)
@refuses(ModuleNotFoundInProgramError, PdfNotAvailableError, ProgramNotFoundError)
async def module_pdf(program_id: str, version: str, code: str, caller: Reader, units: UnitsOf) -> Response:
    """All its steps, the hidden ones too."""
    program = await _program(caller, units, program_id, version)
    module = program.module(code)
    return await pdf_answer(module_paper(program, module, module.steps))


@router.get(
    "/modules/{code}/steps/{step}/pdf", summary="A step as PDF", response_class=Response, responses=PDF
)
@refuses(ModuleNotFoundInProgramError, PdfNotAvailableError, ProgramNotFoundError, StepNotFoundError)
async def step_pdf(
    *, program_id: str, version: str, code: str, step: str, caller: Reader, units: UnitsOf
) -> Response:
    """As the resident can save it."""
    program = await _program(caller, units, program_id, version)
    module = program.module(code)
    return await pdf_answer(step_paper(program, module, module.step(step)))


async def _program(caller: Staff, units: Any, program_id: str, version: str) -> Program:
    found: Program = await units.run(caller, lambda work: program_version(work, program_id, version))
    return found
