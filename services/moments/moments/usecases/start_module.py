"""Start an upcoming module (R69, R70, R74)."""

from collections.abc import Collection
from dataclasses import dataclass

from services.moments.moments.domain.errors import UnknownStepError
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.programs.usecases.find_program import program_version
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class StartModule:
    """`visible_steps` None shows the steps that the program means to be visible from the start (R75)."""

    moment: str
    module: str
    visible_steps: Collection[str] | None
    version: int


async def start_module(command: StartModule, work: MomentsWork) -> Moment:
    """Make the module visible to the resident.

    Raises MomentNotFoundError, StaleMomentError, MomentEndedError, NoSuchModuleError, ModuleNotUpcomingError or
    UnknownStepError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    module = moment.module(command.module)
    content = (await program_version(work, moment.program, moment.program_version)).module(module.code)
    shown = content.visible_from_start
    if command.visible_steps is not None:
        shown = frozenset(command.visible_steps)
        if not shown <= {step.code for step in content.steps}:
            raise UnknownStepError(module.code)
    today = work.now.astimezone(work.region.zone).date()
    moment.start_module(module.code, visible_steps=shown, at=work.now, on=today, by=work.actor.id)
    await work.moments.save(moment)
    work.audit("module.started", resident=moment.resident, moment=moment.id)
    return moment
