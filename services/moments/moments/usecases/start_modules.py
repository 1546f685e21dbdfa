"""Start upcoming modules, one or several at once (R69, R70, R73, R74)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.moments.moments.domain.errors import ModuleChosenTwiceError, UnknownStepError
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.announce_follow_up import expect_follow_ups
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.moments.usecases.read_along import save_completed
from services.moments.moments.usecases.today import today
from services.moments.programs.domain.program import Module
from services.moments.programs.usecases.find_program import program_version
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ChosenModule:
    """`visible_steps` None shows the steps that the program means to be visible from the start (R75)."""

    code: str
    visible_steps: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class StartModules:
    moment: str
    modules: Sequence[ChosenModule]
    version: int


async def start_modules(command: StartModules, work: MomentsWork) -> Moment:
    """Make the modules visible to the resident: all of them, or none if one cannot be started.

    Raises MomentNotFoundError, StaleMomentError, MomentEndedError, MomentMaintainedError, NoSuchModuleError,
    ModuleNotUpcomingError, ModuleChosenTwiceError or UnknownStepError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    program = await program_version(work, moment.program, moment.program_version)
    shown: dict[str, frozenset[str]] = {}
    for chosen in command.modules:
        if chosen.code in shown:
            raise ModuleChosenTwiceError(chosen.code)
        content = program.module(moment.module(chosen.code).code)
        shown[chosen.code] = (
            content.visible_from_start
            if chosen.visible_steps is None
            else known_steps(content, chosen.visible_steps)
        )
    moment.start_modules(shown, at=work.now, on=today(work), by=work.actor.id)
    await work.moments.save(moment)
    await save_completed(moment, work)
    await expect_follow_ups(moment, work)
    work.audit("module.started", resident=moment.resident, moment=moment.id)
    return moment


def known_steps(module: Module, steps: Collection[str]) -> frozenset[str]:
    """The steps, all of which must be the module's. Raises UnknownStepError."""
    wanted = frozenset(steps)
    if not wanted <= {step.code for step in module.steps}:
        raise UnknownStepError(module.code)
    return wanted
