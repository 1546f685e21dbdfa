"""What a resident sees of their own moments: what is ongoing, never what is upcoming and never days (R66, R372)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.moments.moments.domain.errors import NoSuchModuleError
from services.moments.moments.domain.module import ModuleState
from services.moments.moments.domain.moment import Moment
from services.moments.moments.store import activity
from services.moments.moments.store.lists import ongoing_of_resident
from services.moments.moments.usecases.reach import own_moment
from services.moments.programs.domain.program import Program, Step, StepNotFoundError
from services.moments.programs.usecases.find_program import program_version
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class Visited:
    """A moment with its program."""

    moment: Moment
    program: Program


async def visit(work: MomentsWork) -> Sequence[Visited]:
    """The resident's ongoing moments, newest first; the first visit is remembered (R51, R361)."""
    resident = await work.residents.find(work.actor.id)
    if resident is None:
        return []
    if resident.arrive(work.now):
        await work.residents.save(resident)
    rows = await ongoing_of_resident(work, resident.id)
    await work.moments.load([row.id for row in rows])
    visited = []
    for row in rows:
        moment = await work.moments.get(row.id)
        visited.append(Visited(moment, await program_version(work, moment.program, moment.program_version)))
    work.audit("moments.visited", resident=resident.id)
    return visited


async def visit_moment(identity: str, work: MomentsWork) -> Visited:
    """One moment of the resident's own (R364, R365). Raises MomentNotFoundError."""
    moment = await own_moment(work, identity)
    resident = await work.residents.get(moment.resident)
    if resident.arrive(work.now):
        await work.residents.save(resident)
    work.audit("moment.visited", resident=moment.resident, moment=moment.id)
    return Visited(moment, await program_version(work, moment.program, moment.program_version))


async def read_step(identity: str, module: str, step: str, work: MomentsWork) -> Step:
    """Open a page, which is activity (D26). What is not shown does not exist: NoSuchModuleError, StepNotFoundError."""
    moment = await own_moment(work, identity)
    run = moment.module(module)
    if run.state is ModuleState.UPCOMING:
        raise NoSuchModuleError(moment.id, module)
    if step not in run.visible_steps:
        raise StepNotFoundError(module, step)
    program = await program_version(work, moment.program, moment.program_version)
    activity.record(work, moment.id)
    work.audit("step.read", resident=moment.resident, moment=moment.id)
    return program.module(module).step(step)
