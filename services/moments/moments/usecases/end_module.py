"""End an ongoing module ("AVSLUTA", R67), or set it to upcoming ("SÄTT TILL KOMMANDE", R68)."""

from dataclasses import dataclass

from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.moments.usecases.read_along import overtake_pages, save_completed
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class EndModule:
    moment: str
    module: str
    version: int


@dataclass(frozen=True, slots=True)
class SetModuleUpcoming:
    moment: str
    module: str
    version: int


async def end_module(command: EndModule, work: MomentsWork) -> Moment:
    """The resident reads it among the completed modules from now on, and marks nothing in it any more (D16).

    Raises MomentNotFoundError, StaleMomentError, MomentEndedError, MomentMaintainedError, NoSuchModuleError or
    ModuleNotOngoingError; so does `set_module_upcoming`.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    moment.end_module(command.module, at=work.now, by=work.actor.id)
    await work.moments.save(moment)
    await save_completed(moment, work)
    work.audit("module.ended", resident=moment.resident, moment=moment.id)
    return moment


async def set_module_upcoming(command: SetModuleUpcoming, work: MomentsWork) -> Moment:
    """The resident sees it no more; what was read in it stays read for the next start."""
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    moment.set_upcoming(command.module, at=work.now, by=work.actor.id)
    await work.moments.save(moment)
    await overtake_pages(moment, work)
    work.audit("module.set_upcoming", resident=moment.resident, moment=moment.id)
    return moment
