"""Make an open program available to a group of residents at the own unit, or close it again (R25, R28, R260)."""

from dataclasses import dataclass

from services.moments.programs.domain.offer import Offer
from services.moments.programs.domain.target import TargetGroup
from services.moments.programs.usecases.activate_program import active_offer
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class OpenProgram:
    """`group` None is the one its designer suggests."""

    unit: str
    program: str
    group: TargetGroup | None


@dataclass(frozen=True, slots=True)
class CloseProgram:
    unit: str
    program: str


async def open_program(command: OpenProgram, work: MomentsWork) -> Offer:
    """Residents of the group can start it alone; nobody starts anything alone in practice, which is for who was asked.

    Raises UnitNotFoundError, ProgramNotActiveError, UnitForPracticeError, ProgramUnpublishedError,
    ProgramForPracticeError, ProgramNotApprovedError or ProgramNotOpenError.
    """
    offer = await active_offer(work, command.unit, command.program)
    release, unit = await work.releases.get(offer.release), await work.units.get(offer.unit)
    unit.must_be_for_care()
    release.must_be_for(unit.id)
    offer.open_for(command.group, release.program, by=work.actor.id, at=work.now)
    await work.offers.save(offer)
    return offer


async def close_program(command: CloseProgram, work: MomentsWork) -> None:
    """Only staff start it from now on. Raises UnitNotFoundError or ProgramNotActiveError."""
    offer = await active_offer(work, command.unit, command.program)
    offer.close(by=work.actor.id, at=work.now)
    await work.offers.save(offer)
