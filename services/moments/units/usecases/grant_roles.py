"""Give a person roles at the own unit, or take them away (R267, R268, R280)."""

from collections.abc import Collection
from dataclasses import dataclass

from chassis.errors import StaleError
from services.moments.directory import Directory
from services.moments.units.domain.unit import NotAtUnitError, Unit, UnitNotFoundError
from services.moments.work import MomentsWork


class StaleUnitError(StaleError):
    def __init__(self, unit: str) -> None:
        super().__init__(f"Roles at {unit} were changed meanwhile: read them again.", unit=unit)


@dataclass(frozen=True, slots=True)
class GrantRoles:
    """All the roles the person is to hold; `version` is that of the unit as the caller has read it, if said."""

    unit: str
    person: str
    roles: Collection[str]
    version: int | None = None


async def grant_roles(command: GrantRoles, work: MomentsWork, directory: Directory) -> Unit:
    """Let the person hold exactly these roles. Somebody who has left HSA can only lose some.

    Raises UnitNotFoundError, StaffNotInDirectoryError, NotAtUnitError, RegionalRoleError, StaleUnitError or
    LastPermissionAdministratorError.
    """
    unit = await work.units.find(command.unit) if command.unit == work.actor.unit else None
    if unit is None:
        raise UnitNotFoundError(command.unit)
    if command.version is not None and command.version != unit.version:
        raise StaleUnitError(unit.id)
    name = unit.name_of(command.person)
    if not unit.roles_of(command.person) >= set(command.roles) or command.person not in unit.people:
        entry = await directory.staff(work.tenant, command.person)
        if unit.id not in entry.units:
            raise NotAtUnitError(command.person, unit.id)
        name = entry.name
    unit.grant(command.person, name, command.roles, at=work.now, by=work.actor.id)
    await work.units.save(unit)
    return unit
