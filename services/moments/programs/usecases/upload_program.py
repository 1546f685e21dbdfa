"""Upload a version of a program (R31)."""

from dataclasses import dataclass

from services.moments.programs.domain.program import Program
from services.moments.programs.domain.release import Release
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class UploadProgram:
    program: Program


async def upload_program(command: UploadProgram, work: MomentsWork) -> Release:
    """Take a version in, unpublished. The same content again changes nothing. Raises ProgramPublishedError."""
    program = command.program
    release = await work.releases.find(program.id)
    if release is None:
        release = Release(program.id, program, uploaded_by=work.actor.id, uploaded_at=work.now)
        await work.releases.save(release)
        return release
    if release.program != program:
        release.replace(program, by=work.actor.id, at=work.now)
        await work.releases.save(release)
    return release
