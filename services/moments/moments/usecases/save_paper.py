"""A resident saves something of a moment to keep: a step, a module, or the program in summary (R90, R91, R303, R370).

Only what the resident reaches now is in it: no hidden step, no upcoming module, and no step still to be unlocked.
"""

from chassis.errors import NotFoundError
from services.moments.moments.domain.reading import Reading
from services.moments.moments.usecases.reach import own_moment
from services.moments.moments.usecases.read_along import reading_of
from services.moments.moments.usecases.visit import read_step
from services.moments.programs.domain.program import Module, Paper, Step
from services.moments.programs.rendering.paper import Paper as Document
from services.moments.programs.rendering.paper import module_paper, program_paper, step_paper
from services.moments.work import MomentsWork


class PaperNotHeldError(NotFoundError):
    """A module holds the papers its designer has put there, and no others (R91)."""

    def __init__(self, moment: str) -> None:
        super().__init__(f"{moment} has no such paper to save.", moment=moment)


async def save_step(identity: str, module: str, step: str, work: MomentsWork) -> Document:
    """A step that the resident can open; saving it opens it. Raises what `read_step` raises."""
    page = await read_step(identity, module, step, work)
    reading = await reading_of(await own_moment(work, identity), work)
    return step_paper(reading.program, reading.program.module(module), page.step)


async def save_module(identity: str, module: str, work: MomentsWork) -> Document:
    """A module that holds a paper of itself. Raises as `own_moment` does, or PaperNotHeldError."""
    reading = await _saving(identity, work)
    for shown, steps in _reached(reading):
        if shown.code == module and "module" in shown.papers:
            return module_paper(reading.program, shown, steps)
    raise PaperNotHeldError(identity)


async def save_program(identity: str, work: MomentsWork) -> Document:
    """The summary, once a module that holds it is shown. Raises as `own_moment` does, or PaperNotHeldError."""
    reading = await _saving(identity, work)
    reached = _reached(reading)
    held: Paper = "program"
    if not any(held in module.papers for module, _ in reached):
        raise PaperNotHeldError(identity)
    return program_paper(reading.program, reached)


async def _saving(identity: str, work: MomentsWork) -> Reading:
    moment = await own_moment(work, identity)
    work.audit("paper.saved", resident=moment.resident, moment=moment.id)
    return await reading_of(moment, work)


def _reached(reading: Reading) -> list[tuple[Module, list[Step]]]:
    return [
        (
            reading.program.module(run.code),
            [step for step in reading.steps_shown(run) if reading.is_unlocked(run, step)],
        )
        for run in reading.moment.modules_shown()
    ]
