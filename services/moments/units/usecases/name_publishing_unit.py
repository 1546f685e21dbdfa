"""Name the region's publishing unit for care, or its training publishing unit (R34, R284)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.moments.units.domain.publishing import MomentsRunningError, Purpose
from services.moments.units.domain.unit import Unit
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class NamePublishingUnit:
    purpose: Purpose
    unit: str


async def name_publishing_unit(command: NamePublishingUnit, work: MomentsWork) -> Unit:
    """It publishes for the purpose from now on, and whoever did so until now does no more.

    Raises UnitNotFoundError, UnitInactiveError, PublishesAlreadyError, PublishingRoleMissingError, or
    MomentsRunningError while anything runs at a unit that would begin or cease to be for practice (R33, R34).
    """
    unit = await unit_in_reach(work, command.unit)
    if unit.publishes is command.purpose:
        return unit
    unit.publish_for(command.purpose)
    replaced = [known for known in await work.units.publishing() if known.publishes is command.purpose]
    # The one it replaces before the new one, because the index lets no two of them stand.
    for known in replaced:
        known.publish_for(None)
    for changed in (*replaced, unit):
        if command.purpose is Purpose.PRACTICE and await work.units.has_moments(changed.id):
            raise MomentsRunningError(changed.id)
        await work.units.save(changed)
    return unit


async def publishing_units(work: MomentsWork) -> Sequence[Unit]:
    """Those that are named, the one for care first."""
    return await work.units.publishing()
