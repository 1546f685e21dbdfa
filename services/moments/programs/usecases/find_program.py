"""Find the program that a unit may start now, or the one a moment runs (R31, R49, D29)."""

from services.moments.programs.domain.offer import ProgramNotActiveError, offer_id
from services.moments.programs.domain.program import Program, version_id
from services.moments.programs.domain.release import ProgramNotFoundError
from services.moments.programs.store.catalogue import has_program
from services.moments.work import MomentsWork


async def offered_program(work: MomentsWork, unit: str, code: str) -> Program:
    """The version the unit offers.

    Raises UnitInactiveError, ProgramNotFoundError, ProgramNotActiveError, ProgramUnpublishedError,
    ProgramForPracticeError or ProgramNotApprovedError.
    """
    found = await work.units.get(unit)
    found.must_be_active()
    offer = await work.offers.find(offer_id(unit, code))
    if offer is None or not offer.active:
        if not await has_program(work, code):
            raise ProgramNotFoundError(code)
        raise ProgramNotActiveError(code, unit)
    release = await work.releases.get(offer.release)
    release.must_be_for(found.id, in_practice=found.is_for_practice)
    return release.program


async def program_version(work: MomentsWork, code: str, version: str) -> Program:
    """This version of the program, whatever has become of it since. Raises ProgramNotFoundError."""
    release = await work.releases.find(version_id(code, version))
    if release is None:
        raise ProgramNotFoundError(code)
    return release.program
