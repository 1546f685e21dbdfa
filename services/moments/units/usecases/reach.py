"""Which units a caller reaches: the unit of the token, and every unit for a region's administrator (R283)."""

from services.moments.units.domain.unit import Unit, UnitNotFoundError
from services.moments.work import MomentsWork


async def unit_in_reach(work: MomentsWork, hsa_id: str) -> Unit:
    """The active unit; what the caller does not reach does not exist (UnitNotFoundError)."""
    actor = work.actor
    if actor.unit != hsa_id and actor.id not in work.region.administrators:
        raise UnitNotFoundError(hsa_id)
    unit = await work.units.find(hsa_id)
    if unit is None:
        raise UnitNotFoundError(hsa_id)
    return unit
