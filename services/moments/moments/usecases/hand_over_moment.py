"""Hand a moment over to another unit ("överlämning", R279, R306, D32)."""

import secrets
from dataclasses import dataclass

from services.moments.moments.domain.handover import hand_over
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.announce_follow_up import expect_follow_ups
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.moments.usecases.read_along import overtake_pages, progress_of
from services.moments.moments.usecases.today import today
from services.moments.programs.usecases.find_program import offered_program
from services.moments.programs.usecases.publish_program import release_of
from services.moments.units.domain.publishing import UnitForPracticeError
from services.moments.units.domain.unit import UnitNotFoundError
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class HandOverMoment:
    moment: str
    unit: str
    version: int


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The moment that has ended here, and the one that continues it there."""

    ended: Moment
    continuing: Moment


async def hand_over_moment(command: HandOverMoment, work: MomentsWork) -> HandedOver:
    """The responsible practitioner gives the moment to a unit that offers the program, where nobody answers for it yet.

    It stays on its version whatever version that unit offers (D29), so another care giver must be approved for both
    (R32), and practice stays practice (R34). Raises MomentNotFoundError, StaleMomentError, NotResponsibleError,
    SameUnitError, MomentEndedError, MomentMaintainedError, UnitNotFoundError, UnitForPracticeError, or as
    `offered_program` and `Release.must_go_on` do.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    moment.must_be_of(work.actor.id)
    continuing = hand_over(
        moment,
        id=f"mom-{secrets.token_hex(13)}",
        unit=command.unit,
        at=work.now,
        on=today(work),
        by=work.actor.id,
    )
    here, there = await work.units.get(moment.unit), await work.units.find(command.unit)
    if there is None:
        raise UnitNotFoundError(command.unit)
    if here.is_for_practice != there.is_for_practice:
        raise UnitForPracticeError(here.id if here.is_for_practice else there.id)
    await offered_program(work, there.id, moment.program)
    release = await release_of(work, moment.program, moment.program_version)
    release.must_go_on(here=here.id, there=there.id, in_practice=there.is_for_practice)
    # Saved unchanged, as with every start: a purge of the resident at the same time is refused by the version.
    await work.residents.save(await work.residents.get(moment.resident))
    await work.progress.save((await progress_of(moment, work)).copied_to(continuing.id))
    await work.moments.save(moment)
    await overtake_pages(moment, work)
    await work.moments.save(continuing)
    await expect_follow_ups(continuing, work)
    for each in (moment, continuing):
        work.audit("moment.handed_over", resident=each.resident, moment=each.id)
    return HandedOver(moment, continuing)
