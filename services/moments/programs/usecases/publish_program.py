"""Publish a version of a program from a publishing unit, or take it back (R31 to R35).

What the training publishing unit publishes is for practice; what runs in care is none of its business.
"""

from dataclasses import dataclass

from services.moments.programs.domain.program import version_id
from services.moments.programs.domain.release import ProgramInCareError, ProgramNotFoundError, Release
from services.moments.programs.domain.sharing import must_be_own
from services.moments.programs.usecases.deliver_program import deliver
from services.moments.units.domain.publishing import Purpose
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class PublishProgram:
    """`care_givers` by organisation number; None is every care giver of the region."""

    program: str
    version: str
    care_givers: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class UnpublishProgram:
    program: str
    version: str


async def publish_program(command: PublishProgram, work: MomentsWork) -> Release:
    """From now on it can be activated on units, of care or for practice, and its content is final.

    Raises NotPublishingUnitError, UnitInactiveError, ProgramNotFoundError, ProgramReceivedError,
    MinorBreaksProgramError where a later MINOR version lacks what an earlier one has, or ProgramInCareError at the
    training publishing unit for what was taken back from care.
    """
    purpose = await publishing_for(work)
    release = await release_of(work, command.program, command.version)
    must_be_own(release)
    if purpose is Purpose.PRACTICE:
        release.publish_for_practice(by=work.actor.id, at=work.now)
        await work.releases.save(release)
        return release
    if not release.was_in_care:
        for known in await work.releases.versions(command.program):
            if known.was_in_care:
                release.must_stand_beside(known)
    release.publish(command.care_givers, by=work.actor.id, at=work.now)
    await work.releases.save(release)
    await deliver(release, release.regions, work)
    return release


async def unpublish_program(command: UnpublishProgram, work: MomentsWork) -> Release:
    """Nobody starts it any more, whatever unit offers it.

    Raises NotPublishingUnitError, UnitInactiveError, ProgramNotFoundError, ProgramReceivedError,
    ProgramNotPublishedError, or ProgramInCareError at the training publishing unit for what is or was in care.
    """
    purpose = await publishing_for(work)
    release = await release_of(work, command.program, command.version)
    must_be_own(release)
    if purpose is Purpose.PRACTICE and release.was_in_care:
        raise ProgramInCareError(release.id)
    release.unpublish(at=work.now)
    await work.releases.save(release)
    await deliver(release, release.regions, work)
    return release


async def publishing_for(work: MomentsWork) -> Purpose:
    """What the caller's unit publishes for. Raises NotPublishingUnitError or UnitInactiveError."""
    return (await unit_in_reach(work, work.actor.unit or "")).publishing_for()


async def release_of(work: MomentsWork, program: str, version: str) -> Release:
    """The release of this version. Raises ProgramNotFoundError."""
    release = await work.releases.find(version_id(program, version))
    if release is None:
        raise ProgramNotFoundError(program)
    return release
