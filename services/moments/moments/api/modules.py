"""Modules and steps of a moment over HTTP, for staff (R67 to R84)."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import Response
from pydantic import Field

from chassis.http.etags import RequiredVersion
from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from services.moments.moments.api.answers import WHILE_ONGOING, changed
from services.moments.moments.api.schemas import ChangedOut, Code, StartModuleIn
from services.moments.moments.domain.errors import (
    DaysOutOfRangeError,
    ModuleChosenTwiceError,
    ModuleEndedError,
    ModuleNotOngoingError,
    ModuleNotUpcomingError,
    MomentNotFoundError,
    NoSuchModuleError,
    UnknownStepError,
)
from services.moments.moments.usecases.adjust_module import (
    ChangeDays,
    ChooseSteps,
    change_days,
    choose_steps,
)
from services.moments.moments.usecases.end_module import (
    EndModule,
    SetModuleUpcoming,
    end_module,
    set_module_upcoming,
)
from services.moments.moments.usecases.open_step import OpenedStep, open_step
from services.moments.moments.usecases.start_modules import ChosenModule, StartModules, start_modules
from services.moments.programs.api.sections import SectionOut, sections_out
from services.moments.programs.domain.program import StepNotFoundError
from services.moments.wording import Notice, notice

router = Router(prefix="/moments/{moment_id}/modules", tags=["modules"])

Steps = Annotated[list[Code], Field(max_length=100)]
Conducting = Annotated[Staff, Needs(Permission.CONDUCT_MOMENT)]


class ChosenModuleIn(Schema):
    """`visible_steps`: only these are shown; left out, those that the program shows from the start (R74, R75)."""

    code: Code
    visible_steps: Steps | None = None


class StartModulesIn(Schema):
    modules: Annotated[list[ChosenModuleIn], Field(min_length=1, max_length=100)]


class DaysIn(Schema):
    """Days left from today, 0 to 3650."""

    days_left: int


class StepsIn(Schema):
    """All the steps that are shown from now on."""

    visible_steps: Steps


class StepPageOut(Schema):
    """`notice` says so in Swedish when the resident could not open the step now (R83)."""

    module: str
    code: str
    name: str
    heading: str | None
    text: str
    sections: list[SectionOut]
    visible: bool
    read_at: datetime | None
    accessible_to_resident: bool
    notice: Notice | None

    @classmethod
    def of(cls, opened: OpenedStep) -> Self:
        """The page as staff read it."""
        step = opened.step
        return cls(
            module=opened.module,
            code=step.code,
            name=step.name,
            heading=step.heading,
            text=step.text,
            sections=sections_out(step.sections),
            visible=opened.is_visible,
            read_at=opened.read_at,
            accessible_to_resident=opened.is_accessible,
            notice=None if opened.is_accessible else notice("step-not-accessible"),
        )


@router.post("/start", summary="Start several upcoming modules at once")
@refuses(*WHILE_ONGOING, ModuleChosenTwiceError, ModuleNotUpcomingError, NoSuchModuleError, UnknownStepError)
async def start_several(
    *,
    moment_id: str,
    body: StartModulesIn,
    version: RequiredVersion,
    response: Response,
    caller: Conducting,
    units: UnitsOf,
) -> ChangedOut:
    """As starting each of them, or none if one of them cannot be started; ahead of leave, for example (R73)."""
    chosen = [ChosenModule(each.code, each.visible_steps) for each in body.modules]
    command = StartModules(moment_id, chosen, version)
    return changed(await units.run(caller, lambda work: start_modules(command, work)), response)


@router.post("/{code}/start", summary="Start an upcoming module")
@refuses(*WHILE_ONGOING, ModuleChosenTwiceError, ModuleNotUpcomingError, NoSuchModuleError, UnknownStepError)
async def start_one(
    *,
    moment_id: str,
    code: str,
    body: StartModuleIn,
    version: RequiredVersion,
    response: Response,
    caller: Conducting,
    units: UnitsOf,
) -> ChangedOut:
    """The resident sees the module from now on, with the steps chosen."""
    command = StartModules(moment_id, [ChosenModule(code, body.visible_steps)], version)
    return changed(await units.run(caller, lambda work: start_modules(command, work)), response)


@router.post("/{code}/end", summary="End an ongoing module")
@refuses(*WHILE_ONGOING, ModuleNotOngoingError, NoSuchModuleError)
async def end(
    *,
    moment_id: str,
    code: str,
    version: RequiredVersion,
    response: Response,
    caller: Conducting,
    units: UnitsOf,
) -> ChangedOut:
    """The resident reads it among the completed modules from now on."""
    command = EndModule(moment_id, code, version)
    return changed(await units.run(caller, lambda work: end_module(command, work)), response)


@router.post("/{code}/set-upcoming", summary="Set an ongoing module to upcoming")
@refuses(*WHILE_ONGOING, ModuleNotOngoingError, NoSuchModuleError)
async def set_upcoming(
    *,
    moment_id: str,
    code: str,
    version: RequiredVersion,
    response: Response,
    caller: Conducting,
    units: UnitsOf,
) -> ChangedOut:
    """The resident sees the module no more."""
    command = SetModuleUpcoming(moment_id, code, version)
    return changed(await units.run(caller, lambda work: set_module_upcoming(command, work)), response)


@router.put("/{code}/days", summary="Change the days left of a module")
@refuses(*WHILE_ONGOING, DaysOutOfRangeError, ModuleEndedError, NoSuchModuleError)
async def days(
    *,
    moment_id: str,
    code: str,
    body: DaysIn,
    version: RequiredVersion,
    response: Response,
    caller: Conducting,
    units: UnitsOf,
) -> ChangedOut:
    """Advice to staff, of an ongoing or upcoming module; the resident never sees it (R76 to R79)."""
    command = ChangeDays(moment_id, code, body.days_left, version)
    return changed(await units.run(caller, lambda work: change_days(command, work)), response)


@router.put("/{code}/steps", summary="Show and hide steps of an ongoing module")
@refuses(*WHILE_ONGOING, ModuleNotOngoingError, NoSuchModuleError, UnknownStepError)
async def steps(
    *,
    moment_id: str,
    code: str,
    body: StepsIn,
    version: RequiredVersion,
    response: Response,
    caller: Conducting,
    units: UnitsOf,
) -> ChangedOut:
    """The resident sees the named steps of the module and no others (R75)."""
    command = ChooseSteps(moment_id, code, body.visible_steps, version)
    return changed(await units.run(caller, lambda work: choose_steps(command, work)), response)


@router.get("/{code}/steps/{step}", summary="Open any step, as the resident would read it")
@refuses(MomentNotFoundError, NoSuchModuleError, StepNotFoundError)
async def open_one_step(
    moment_id: str,
    code: str,
    step: str,
    caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)],
    units: UnitsOf,
) -> StepPageOut:
    """Also of an upcoming module or a hidden step; nothing is marked as read by it (R82, R83)."""
    return StepPageOut.of(await units.run(caller, lambda work: open_step(moment_id, code, step, work)))
