"""Name the region's publishing unit for care, or its training publishing unit (R34, R284)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.moments.units.domain.publishing import Purpose
from services.moments.units.domain.unit import Unit
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class NamePublishingUnit:
    purpose: Purpose
    unit: str


async def name_publishing_unit(command: NamePublishingUnit, work: MomentsWork) -> Unit:
    """It publishes for the purpose from now on, and whoever did so until now does no more.

    Raises UnitNotFoundError, UnitInactiveError, PublishesAlreadyError or PublishingRoleMissingError.
    """
    unit = await unit_in_reach(work, command.unit)
    if unit.publishes is command.purpose:
        return unit
    unit.publish_for(command.purpose)
    for known in await work.units.publishing():
        if known.publishes is command.purpose:
            known.publish_for(None)
            # Before the new one, because the index lets no two of them stand.
            await work.units.save(known)
    await work.units.save(unit)
    return unit


async def publishing_units(work: MomentsWork) -> Sequence[Unit]:
    """Those that are named, the one for care first."""
    return await work.units.publishing()
