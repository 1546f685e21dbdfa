"""Publish a version of a program to care givers, or take it back (R31 to R33, R35)."""

from dataclasses import dataclass

from services.moments.programs.domain.program import number_of, version_id
from services.moments.programs.domain.release import ProgramNotFoundError, Release
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
    """From now on it can be activated on units, and its content is final.

    Raises ProgramNotFoundError, or MinorBreaksProgramError for a MINOR version that lacks what an earlier one has.
    """
    release = await release_of(work, command.program, command.version)
    if not release.was_published:
        earlier = [
            known
            for known in await work.releases.versions(command.program)
            if known.was_published and release.is_minor_after(known)
        ]
        if earlier:
            release.must_keep(max(earlier, key=lambda known: number_of(known.program.version)))
    release.publish(command.care_givers, by=work.actor.id, at=work.now)
    await work.releases.save(release)
    return release


async def unpublish_program(command: UnpublishProgram, work: MomentsWork) -> Release:
    """Nobody starts it any more, whatever unit offers it. Raises ProgramNotFoundError or ProgramNotPublishedError."""
    release = await release_of(work, command.program, command.version)
    release.unpublish(at=work.now)
    await work.releases.save(release)
    return release


async def release_of(work: MomentsWork, program: str, version: str) -> Release:
    """The release of this version. Raises ProgramNotFoundError."""
    release = await work.releases.find(version_id(program, version))
    if release is None:
        raise ProgramNotFoundError(program)
    return release
