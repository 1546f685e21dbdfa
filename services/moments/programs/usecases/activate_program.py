"""Activate a version of a program on a unit, or take it back (R31, R36)."""

from dataclasses import dataclass

from services.moments.programs.domain.offer import Offer, ProgramNotActiveError, offer_id
from services.moments.programs.domain.program import version_id
from services.moments.programs.domain.release import ProgramNotFoundError
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

    Raises UnitNotFoundError, ProgramNotFoundError or ProgramNotPublishedError.
    """
    unit = await unit_in_reach(work, command.unit)
    release = await work.releases.find(version_id(command.program, command.version))
    if release is None:
        raise ProgramNotFoundError(command.program)
    release.must_be_published()
    identity = offer_id(unit.id, command.program)
    offer = await work.offers.find(identity)
    if offer is None:
        offer = Offer(identity, unit.id, command.program, release.id, True, work.actor.id, work.now)
    else:
        offer.activate(release.id, by=work.actor.id, at=work.now)
    await work.offers.save(offer)
    return offer


async def inactivate_program(command: InactivateProgram, work: MomentsWork) -> None:
    """No new moments of it at the unit; running ones go on. Raises UnitNotFoundError or ProgramNotActiveError."""
    unit = await unit_in_reach(work, command.unit)
    offer = await work.offers.find(offer_id(unit.id, command.program))
    if offer is None or not offer.active:
        raise ProgramNotActiveError(command.program, unit.id)
    offer.inactivate(by=work.actor.id, at=work.now)
    await work.offers.save(offer)
