"""Adjust a module to the resident: its days, and which of its steps are shown (R75, R76, R79)."""

from collections.abc import Collection
from dataclasses import dataclass

from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.moments.usecases.read_along import save_completed
from services.moments.moments.usecases.start_modules import known_steps
from services.moments.moments.usecases.today import today
from services.moments.programs.usecases.find_program import program_version
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ChangeDays:
    """`days_left` counts from today."""

    moment: str
    module: str
    days_left: int
    version: int


@dataclass(frozen=True, slots=True)
class ChooseSteps:
    """`visible_steps` are all that are shown from now on."""

    moment: str
    module: str
    visible_steps: Collection[str]
    version: int


async def change_days(command: ChangeDays, work: MomentsWork) -> Moment:
    """Let so many days be left of an ongoing or upcoming module; it locks nothing (D2).

    Raises MomentNotFoundError, StaleMomentError, MomentEndedError, MomentMaintainedError, NoSuchModuleError,
    ModuleEndedError or DaysOutOfRangeError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    moment.change_days(command.module, command.days_left, today(work))
    await work.moments.save(moment)
    work.audit("module.days_changed", resident=moment.resident, moment=moment.id)
    return moment


async def choose_steps(command: ChooseSteps, work: MomentsWork) -> Moment:
    """Show and hide single steps of an ongoing module.

    Raises MomentNotFoundError, StaleMomentError, MomentEndedError, MomentMaintainedError, NoSuchModuleError,
    ModuleNotOngoingError or UnknownStepError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    program = await program_version(work, moment.program, moment.program_version)
    content = program.module(moment.module(command.module).code)
    moment.choose_steps(content.code, known_steps(content, command.visible_steps))
    await work.moments.save(moment)
    await save_completed(moment, work)
    work.audit("steps.chosen", resident=moment.resident, moment=moment.id)
    return moment
