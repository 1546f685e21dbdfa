"""Upload a version of a program (R9, R10, R31)."""

from dataclasses import dataclass

from services.moments.programs.domain.program import Program
from services.moments.programs.domain.release import Release
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class UploadProgram:
    """`unit` owns the program from its first version on."""

    program: Program
    unit: str


async def upload_program(command: UploadProgram, work: MomentsWork) -> Release:
    """Take a version in, unpublished. The same content again changes nothing.

    Raises ProgramOwnedElsewhereError, ProgramPublishedError, or PublishingRoleMissingError (R284).
    """
    program = command.program
    unit = await work.units.find(command.unit)
    if unit is not None:
        unit.must_be_able_to_make_content()
    for known in await work.releases.versions(program.code):
        known.must_be_owned_by(command.unit)
    release = await work.releases.find(program.id)
    if release is None:
        release = Release(program.id, program, command.unit, uploaded_by=work.actor.id, uploaded_at=work.now)
        await work.releases.save(release)
        return release
    if release.program != program:
        release.replace(program, by=work.actor.id, at=work.now)
        await work.releases.save(release)
    return release
