"""Put a moment in maintenance for some days, and take it out of it (R289 to R296, D7 to D11)."""

from collections.abc import Collection
from dataclasses import dataclass

from chassis.timers import Timer, cancel_timer, set_timer
from services.moments.moments.domain.errors import DaysOutOfRangeError
from services.moments.moments.domain.maintenance import Maintenance
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.announce_follow_up import expect_follow_ups
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.moments.usecases.read_along import overtake_pages
from services.moments.moments.usecases.today import today
from services.moments.work import MomentsWork

EXPIRY = "maintenance-expiry"


@dataclass(frozen=True, slots=True)
class MaintainMoment:
    """`modules` stay readable for `days`, of which today is the first."""

    moment: str
    days: int
    modules: Collection[str]
    version: int


@dataclass(frozen=True, slots=True)
class ResumeMoment:
    moment: str
    version: int


async def maintain_moment(command: MaintainMoment, work: MomentsWork) -> Moment:
    """The resident reads the chosen modules until the last day is over, and nothing is written any more.

    Raises MomentNotFoundError, StaleMomentError, MomentEndedError, MomentMaintainedError, DaysOutOfRangeError,
    NoSuchModuleError or ModuleNotStartedError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    limit = work.region.maintenance_limit_days
    if not 1 <= command.days <= limit:
        raise DaysOutOfRangeError(1, limit)
    maintenance = Maintenance.of(
        frozenset(command.modules), days=command.days, today=today(work), zone=work.region.zone
    )
    moment.maintain(maintenance, at=work.now, by=work.actor.id)
    await work.moments.save(moment)
    await overtake_pages(moment, work)
    set_timer(work, EXPIRY, moment.id, maintenance.expires_at)
    work.audit("moment.maintained", resident=moment.resident, moment=moment.id)
    return moment


async def resume_moment(command: ResumeMoment, work: MomentsWork) -> Moment:
    """The moment goes on as before, also after its days of maintenance (D10).

    Raises MomentNotFoundError, StaleMomentError, MomentEndedError or MomentNotMaintainedError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    moment.resume(at=work.now, by=work.actor.id)
    await work.moments.save(moment)
    cancel_timer(work, EXPIRY, moment.id)
    # In the last hour before a batch it was not asked for what runs again.
    await expect_follow_ups(moment, work)
    work.audit("moment.resumed", resident=moment.resident, moment=moment.id)
    return moment


async def expire_maintenance(timer: Timer, work: MomentsWork) -> None:
    """The last day is over: it is said, and the moment stays as it is until somebody ends or resumes it (D9)."""
    moment = await work.moments.find(timer.key)
    if moment is not None and moment.expire(work.now):
        await work.moments.save(moment)
