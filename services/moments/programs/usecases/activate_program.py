"""Activate a version of a program on a unit, or take it back (R31, R36)."""

from dataclasses import dataclass

from services.moments.programs.domain.offer import Offer, ProgramNotActiveError, offer_id
from services.moments.programs.usecases.publish_program import release_of
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ActivateProgram:
    unit: str
    program: str
    version: str


@dataclass(frozen=True, slots=True)
class InactivateProgram:
    unit: str
    program: str


async def activate_program(command: ActivateProgram, work: MomentsWork) -> Offer:
    """Let the unit's practitioners start this version, instead of any other of the program.

    Raises UnitNotFoundError, UnitInactiveError, ProgramNotFoundError, ProgramNotPublishedError,
    ProgramUnpublishedError, ProgramForPracticeError or ProgramNotApprovedError.
    """
    unit = await unit_in_reach(work, command.unit)
    unit.must_be_active()
    release = await release_of(work, command.program, command.version)
    release.must_be_for(unit.id, in_practice=unit.is_for_practice)
    identity = offer_id(unit.id, command.program)
    offer = await work.offers.find(identity)
    if offer is None:
        offer = Offer(identity, unit.id, command.program, release.id, True, work.actor.id, work.now)
    offer.activate(release.program, by=work.actor.id, at=work.now)
    await work.offers.save(offer)
    return offer


async def inactivate_program(command: InactivateProgram, work: MomentsWork) -> None:
    """No new moments of it at the unit; running ones go on. Raises UnitNotFoundError or ProgramNotActiveError."""
    offer = await active_offer(work, command.unit, command.program)
    offer.inactivate(by=work.actor.id, at=work.now)
    await work.offers.save(offer)


async def active_offer(work: MomentsWork, unit: str, program: str) -> Offer:
    """What a unit in reach offers of the program now. Raises UnitNotFoundError or ProgramNotActiveError."""
    found = await unit_in_reach(work, unit)
    offer = await work.offers.find(offer_id(found.id, program))
    if offer is None or not offer.active:
        raise ProgramNotActiveError(program, found.id)
    return offer
