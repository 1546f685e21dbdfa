"""Who a member of staff is: what HSA says, and where they may work here (R190, R201, R344)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.moments.directory import Directory, StaffEntry
from services.moments.units.domain.unit import Unit
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class Profile:
    """`units` are those with a care assignment that use the service, by name."""

    entry: StaffEntry
    units: Sequence[Unit]
    is_administrator: bool


async def read_profile(work: MomentsWork, directory: Directory) -> Profile:
    """Asked anew each time, so that what HSA changes is seen (R201).

    Raises StaffNotInDirectoryError or DirectoryUnavailableError.
    """
    entry = await directory.staff(work.tenant, work.actor.id)
    await work.units.load(entry.units)
    found = [await work.units.find(unit) for unit in entry.units]
    active = [unit for unit in found if unit is not None and unit.is_active]
    return Profile(
        entry,
        sorted(active, key=lambda unit: (unit.name, unit.id)),
        work.actor.id in work.region.administrators,
    )
