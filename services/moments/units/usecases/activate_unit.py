"""Activate a unit, naming its first permission administrators; inactivate and re-activate it (R258, R263, R265)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.moments.directory import Directory
from services.moments.units.domain.unit import NotAtUnitError, Unit
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ActivateUnit:
    hsa_id: str
    permission_administrators: Sequence[str]


async def activate_unit(command: ActivateUnit, work: MomentsWork, directory: Directory) -> Unit:
    """The unit may use the service. On an active unit it adds administrators, for a unit that has lost its own.

    Raises UnitNotInDirectoryError, StaffNotInDirectoryError or NotAtUnitError.
    """
    entry = await directory.unit(work.tenant, command.hsa_id)
    names: dict[str, str] = {}
    for hsa_id in command.permission_administrators:
        person = await directory.staff(work.tenant, hsa_id)
        if entry.hsa_id not in person.units:
            raise NotAtUnitError(hsa_id, entry.hsa_id)
        names[hsa_id] = person.name
    unit = await work.units.find(entry.hsa_id)
    if unit is None:
        unit = Unit.activated(entry.hsa_id, entry.name, entry.organisation, at=work.now, by=work.actor.id)
    unit.reactivate(at=work.now, by=work.actor.id)
    unit.name, unit.organisation = entry.name, entry.organisation
    unit.kind, unit.valid_until = entry.kind, entry.valid_until
    unit.appoint(names, at=work.now, by=work.actor.id)
    await work.units.save(unit)
    return unit


async def inactivate_unit(hsa_id: str, work: MomentsWork) -> Unit:
    """Nothing new begins there; moments that run are conducted and ended as before. Raises UnitNotFoundError."""
    unit = await unit_in_reach(work, hsa_id)
    unit.inactivate(at=work.now, by=work.actor.id)
    await work.units.save(unit)
    return unit


async def reactivate_unit(hsa_id: str, work: MomentsWork) -> Unit:
    """It may use the service again, with the roles it had. Raises UnitNotFoundError."""
    unit = await unit_in_reach(work, hsa_id)
    unit.reactivate(at=work.now, by=work.actor.id)
    await work.units.save(unit)
    return unit
