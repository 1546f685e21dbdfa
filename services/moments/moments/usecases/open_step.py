"""Open a step as staff, whatever the resident sees of it (R82, R83)."""

from dataclasses import dataclass
from datetime import datetime

from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.moments.usecases.read_along import reading_of
from services.moments.programs.domain.program import Step
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class OpenedStep:
    """`is_accessible`: the resident could open it now."""

    module: str
    step: Step
    is_visible: bool
    is_accessible: bool
    read_at: datetime | None


async def open_step(identity: str, module: str, step: str, work: MomentsWork) -> OpenedStep:
    """The page; nothing is read by it and nobody was active (D26).

    Raises MomentNotFoundError, NoSuchModuleError or StepNotFoundError.
    """
    moment = await moment_at_own_unit(work, identity)
    run = moment.module(module)
    reading = await reading_of(moment, work)
    page = reading.program.module(module).step(step)
    work.audit("step.opened", resident=moment.resident, moment=moment.id)
    return OpenedStep(
        module,
        page,
        step in run.visible_steps,
        reading.is_accessible(module, step),
        reading.progress.read.get((module, step)),
    )
