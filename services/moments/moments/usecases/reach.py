"""Which moments a caller reaches: staff those of their unit, residents their own until they end (R302, D54)."""

from services.moments.moments.domain.errors import MaintenanceExpiredError, MomentNotFoundError
from services.moments.moments.domain.moment import Moment
from services.moments.work import MomentsWork


async def moment_at_own_unit(work: MomentsWork, identity: str) -> Moment:
    """A moment of the unit in the caller's token. Raises MomentNotFoundError for every other."""
    moment = await work.moments.find(identity)
    if moment is None or moment.unit != work.actor.unit:
        raise MomentNotFoundError(identity)
    return moment


async def own_moment(work: MomentsWork, identity: str) -> Moment:
    """A moment of the resident who asks.

    Raises MomentNotFoundError for others' and for ended ones, MaintenanceExpiredError when its days are over (D9).
    """
    moment = await work.moments.find(identity)
    if moment is None or moment.resident != work.actor.id or moment.is_ended:
        raise MomentNotFoundError(identity)
    if not moment.is_open_to_resident(work.now):
        raise MaintenanceExpiredError(identity)
    return moment
