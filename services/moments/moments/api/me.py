"""Moments over HTTP, for the resident: no upcoming module, no hidden step and no day count leaves here (R372)."""

from datetime import datetime
from typing import Annotated

from chassis.http.identity import Resident
from chassis.http.permissions import NeedsResident
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from services.moments.moments.domain.module import ModuleState
from services.moments.moments.usecases.visit import Visited, read_step, visit, visit_moment

router = Router(prefix="/me", tags=["resident"])


class MyMomentRow(Schema):
    moment_id: str
    program_name: str
    started_at: datetime
    messaging: bool


class MyStep(Schema):
    code: str
    name: str
    heading: str | None


class MyModule(Schema):
    code: str
    name: str
    steps: list[MyStep]


class MyMoment(Schema):
    """`welcome_text` is null when it is hidden; `completed_modules` are read-only (D16)."""

    moment_id: str
    program_name: str
    started_at: datetime
    messaging: bool
    welcome_text: str | None
    modules: list[MyModule]
    completed_modules: list[MyModule]


class MyPage(Schema):
    code: str
    name: str
    text: str


@router.get("/moments", summary="My ongoing programs")
async def my_moments(caller: Annotated[Resident, NeedsResident()], units: UnitsOf) -> list[MyMomentRow]:
    """What runs for the resident now, newest first."""
    visited = await units.run(caller, visit)
    return [
        MyMomentRow(
            moment_id=each.moment.id,
            program_name=each.program.name,
            started_at=each.moment.started_at,
            messaging=each.moment.messaging,
        )
        for each in visited
    ]


@router.get("/moments/{moment_id}", summary="One of my programs")
async def my_moment(moment_id: str, caller: Annotated[Resident, NeedsResident()], units: UnitsOf) -> MyMoment:
    """Welcome text, and the modules that are open with the steps that are shown."""
    visited = await units.run(caller, lambda work: visit_moment(moment_id, work))
    moment = visited.moment
    welcome = moment.welcome
    return MyMoment(
        moment_id=moment.id,
        program_name=visited.program.name,
        started_at=moment.started_at,
        messaging=moment.messaging,
        welcome_text=None if welcome.is_hidden else welcome.text or visited.program.welcome_text,
        modules=_modules(visited, ModuleState.ONGOING),
        completed_modules=_modules(visited, ModuleState.ENDED),
    )


@router.get("/moments/{moment_id}/modules/{module}/steps/{step}", summary="Read a page of my program")
async def my_step(
    moment_id: str, module: str, step: str, caller: Annotated[Resident, NeedsResident()], units: UnitsOf
) -> MyPage:
    """Reading counts as activity."""
    page = await units.run(caller, lambda work: read_step(moment_id, module, step, work))
    return MyPage(code=page.code, name=page.name, text=page.text)


def _modules(visited: Visited, state: ModuleState) -> list[MyModule]:
    found = []
    for run in visited.moment.in_state(state):
        module = visited.program.module(run.code)
        steps = [
            MyStep(code=step.code, name=step.name, heading=step.heading)
            for step in module.steps
            if step.code in run.visible_steps
        ]
        found.append(MyModule(code=module.code, name=module.name, steps=steps))
    return found
