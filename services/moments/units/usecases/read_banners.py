"""Which banners somebody sees now (R373, D38)."""

from collections.abc import Sequence

from services.moments.units.domain.banner import Banner, Receivers
from services.moments.units.store.banners import units_of_resident
from services.moments.work import MomentsWork


async def banners_for_resident(work: MomentsWork) -> Sequence[Banner]:
    """Of the units where the resident has an ongoing or maintained moment, and of the region; none without one."""
    units = await units_of_resident(work, work.actor.id)
    return await work.banners.standing(units, Receivers.RESIDENTS) if units else []


async def banners_for_staff(work: MomentsWork) -> Sequence[Banner]:
    """Those of the unit in the token, and of the region (R255, R262)."""
    units = {work.actor.unit} if work.actor.unit else set()
    return await work.banners.standing(units, Receivers.STAFF)
