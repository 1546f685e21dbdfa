"""Let other regions offer a version of a program too, by agreement, or take it back from them (R12, R32, R38)."""

from dataclasses import dataclass

from services.moments.programs.domain.release import ProgramInCareError, Release
from services.moments.programs.domain.sharing import NoSuchRegionError, share
from services.moments.programs.usecases.deliver_program import deliver
from services.moments.programs.usecases.publish_program import publishing_for, release_of
from services.moments.units.domain.publishing import Purpose
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ShareProgram:
    """All regions that are to have it; none takes it back from all."""

    program: str
    version: str
    regions: frozenset[str]


async def share_program(command: ShareProgram, work: MomentsWork) -> Release:
    """Exactly these regions can activate it on their units from now on; what runs elsewhere goes on.

    Raises NotPublishingUnitError, UnitInactiveError, ProgramInCareError at the training publishing unit,
    ProgramNotFoundError, NoSuchRegionError, or as `share` does.
    """
    purpose = await publishing_for(work)
    release = await release_of(work, command.program, command.version)
    if purpose is Purpose.PRACTICE:
        raise ProgramInCareError(release.id)
    for region in sorted(command.regions):
        if region == work.tenant or region not in work.room.tenants.slugs:
            raise NoSuchRegionError(region)
    before = release.regions
    share(release, command.regions, within=work.tenant)
    await work.releases.save(release)
    await deliver(release, before | release.regions, work)
    return release
