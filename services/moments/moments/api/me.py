"""Moments over HTTP, for the resident: no upcoming module, no hidden step and no day count leaves here (R372)."""

from datetime import date, datetime
from typing import Annotated, Literal

from chassis.http.identity import Resident
from chassis.http.permissions import NeedsResident
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from services.moments.moments.domain.errors import (
    MaintenanceExpiredError,
    MomentNotFoundError,
    NoSuchModuleError,
    StepNotUnlockedError,
)
from services.moments.moments.domain.module import ModuleRun, ModuleState
from services.moments.moments.domain.moment import MomentState
from services.moments.moments.domain.reading import Reading
from services.moments.moments.usecases.visit import read_step, visit, visit_moment
from services.moments.programs.api.sections import SectionOut, sections_out
from services.moments.programs.domain.program import StepNotFoundError

router = Router(prefix="/me", tags=["resident"])


State = Literal["ongoing", "maintenance"]


class MyMomentRow(Schema):
    """In maintenance everything is read and nothing is written, until `available_until` is over (R290)."""

    moment_id: str
    program_name: str
    state: State
    available_until: date | None
    started_at: datetime
    messaging: bool
    percent_read: int


class MyStep(Schema):
    """`unlocked`: it can be opened now; the first time, steps are opened in order where the program says so (R80)."""

    code: str
    name: str
    heading: str | None
    read: bool
    unlocked: bool
    bookmarked: bool


class MyModule(Schema):
    """`completed`: everything in it is read (R85). `papers`: the PDFs it holds, of itself or of the program (R91)."""

    code: str
    name: str
    completed: bool
    papers: list[str]
    steps: list[MyStep]


class MyMoment(Schema):
    """`welcome_text` is null when it is hidden; `completed_modules` are read-only (D16)."""

    moment_id: str
    program_name: str
    state: State
    available_until: date | None
    started_at: datetime
    messaging: bool
    percent_read: int
    welcome_text: str | None
    modules: list[MyModule]
    completed_modules: list[MyModule]


class MyPage(Schema):
    """Its sections from top to bottom; `text` is their words alone, in Markdown."""

    code: str
    name: str
    text: str
    sections: list[SectionOut]
    bookmarked: bool


@router.get("/moments", summary="My ongoing programs")
async def my_moments(caller: Annotated[Resident, NeedsResident()], units: UnitsOf) -> list[MyMomentRow]:
    """What runs for the resident now, newest first."""
    visited = await units.run(caller, visit)
    return [
        MyMomentRow(
            moment_id=each.moment.id,
            program_name=each.program.name,
            state=_state(each),
            available_until=_available_until(each),
            started_at=each.moment.started_at,
            messaging=each.moment.messaging,
            percent_read=each.share().percent,
        )
        for each in visited
    ]


@router.get("/moments/{moment_id}", summary="One of my programs")
@refuses(MaintenanceExpiredError, MomentNotFoundError)
async def my_moment(moment_id: str, caller: Annotated[Resident, NeedsResident()], units: UnitsOf) -> MyMoment:
    """Welcome text, and the modules that are open with the steps that are shown."""
    visited = await units.run(caller, lambda work: visit_moment(moment_id, work))
    moment = visited.moment
    welcome = moment.welcome
    return MyMoment(
        moment_id=moment.id,
        program_name=visited.program.name,
        state=_state(visited),
        available_until=_available_until(visited),
        started_at=moment.started_at,
        messaging=moment.messaging,
        percent_read=visited.share().percent,
        welcome_text=None if welcome.is_hidden else welcome.text or visited.program.welcome_text,
        modules=_modules(visited, ModuleState.ONGOING),
        completed_modules=_modules(visited, ModuleState.ENDED),
    )


@router.get("/moments/{moment_id}/modules/{module}/steps/{step}", summary="Read a page of my program")
@refuses(
    StepNotUnlockedError, MaintenanceExpiredError, MomentNotFoundError, NoSuchModuleError, StepNotFoundError
)
async def my_step(
    moment_id: str, module: str, step: str, caller: Annotated[Resident, NeedsResident()], units: UnitsOf
) -> MyPage:
    """Reading marks the page as read and counts as activity."""
    page = await units.run(caller, lambda work: read_step(moment_id, module, step, work))
    step_read = page.step
    return MyPage(
        code=step_read.code,
        name=step_read.name,
        text=step_read.text,
        sections=sections_out(step_read.sections),
        bookmarked=page.is_bookmarked,
    )


def _modules(visited: Reading, state: ModuleState) -> list[MyModule]:
    return [_module(visited, run) for run in visited.moment.modules_shown() if run.state is state]


def _module(visited: Reading, run: ModuleRun) -> MyModule:
    module, bookmarks = visited.program.module(run.code), visited.progress.bookmarks
    steps = [
        MyStep(
            code=step.code,
            name=step.name,
            heading=step.heading,
            read=visited.is_read(run, step),
            unlocked=visited.is_unlocked(run, step),
            bookmarked=(run.code, step.code) in bookmarks,
        )
        for step in visited.steps_shown(run)
    ]
    return MyModule(
        code=module.code,
        name=module.name,
        completed=visited.is_completed(run),
        papers=list(module.papers),
        steps=steps,
    )


def _state(visited: Reading) -> State:
    return "maintenance" if visited.moment.state is MomentState.MAINTENANCE else "ongoing"


def _available_until(visited: Reading) -> date | None:
    held = visited.moment.maintenance
    return None if held is None else held.last_day
