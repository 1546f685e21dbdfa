"""Publish a version of a program to the region (R31, R33)."""

from dataclasses import dataclass

from services.moments.programs.domain.program import version_id
from services.moments.programs.domain.release import ProgramNotFoundError, Release
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class PublishProgram:
    program: str
    version: str


async def publish_program(command: PublishProgram, work: MomentsWork) -> Release:
    """From now on it can be activated on units, and its content is final. Raises ProgramNotFoundError."""
    release = await work.releases.find(version_id(command.program, command.version))
    if release is None:
        raise ProgramNotFoundError(command.program)
    release.publish(by=work.actor.id, at=work.now)
    await work.releases.save(release)
    return release
