"""Apply a MINOR version to a unit's running moments, so many at a time (R36, D29).

What has been applied is found no more, so asking again goes on where the last one stopped, whatever interrupted it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.moments.moments.domain.new_version import apply_version
from services.moments.programs.store.running import count_running, running
from services.moments.programs.usecases.find_program import program_version
from services.moments.programs.usecases.publish_program import release_of
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ApplyMinor:
    """At most `limit` moments now."""

    unit: str
    program: str
    version: str
    limit: int


async def find_behind(command: ApplyMinor, work: MomentsWork) -> tuple[Sequence[str], int]:
    """Some of the running moments on earlier versions of the same MAJOR, and how many there are.

    Raises UnitNotFoundError, ProgramNotFoundError, ProgramNotPublishedError, ProgramUnpublishedError,
    ProgramForPracticeError, ProgramNotApprovedError or MinorBreaksProgramError.
    """
    unit = await unit_in_reach(work, command.unit)
    release = await release_of(work, command.program, command.version)
    release.must_be_for(unit.id, in_practice=unit.is_for_practice)
    earlier = [
        known
        for known in await work.releases.versions(command.program)
        if (known.was_published if unit.is_for_practice else known.was_in_care)
        and release.program.is_minor_after(known.program)
    ]
    for known in earlier:
        release.must_keep(known)
    versions = [known.program.version for known in earlier]
    found = await running(work, unit.id, command.program, versions, limit=command.limit)
    return found, await count_running(work, unit.id, command.program, versions)


async def apply_to(moments: Sequence[str], command: ApplyMinor, work: MomentsWork) -> int:
    """Apply it to these. Returns to how many: those that ended, or got it or a later version meanwhile, are left."""
    after = await program_version(work, command.program, command.version)
    await work.moments.load(moments)
    applied = 0
    for identity in moments:
        moment = await work.moments.find(identity)
        if moment is None or moment.is_ended:
            continue
        before = await program_version(work, moment.program, moment.program_version)
        if not after.is_minor_after(before):
            continue
        apply_version(moment, before, after, at=work.now, by=work.actor.id)
        await work.moments.save(moment)
        work.audit("moment.version_applied", resident=moment.resident, moment=moment.id)
        applied += 1
    return applied
