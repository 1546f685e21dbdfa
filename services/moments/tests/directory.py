"""A directory in memory for tests of what asks it; it passes the same suite as the one over HTTP."""

from dataclasses import dataclass, field
from typing import TypeVar

from chassis.personnummer import Personnummer
from services.moments.directory import (
    RegisteredPerson,
    ResidentNotInRegisterError,
    StaffEntry,
    StaffNotInDirectoryError,
    UnitEntry,
    UnitNotInDirectoryError,
)
from services.moments.directory.over_http import DirectoryUnavailableError

T = TypeVar("T")


@dataclass
class MemoryDirectory:
    """Rows by number and HSA-id, the same for every tenant; `is_away` answers nobody."""

    persons: dict[str, RegisteredPerson] = field(default_factory=dict)
    members: dict[str, StaffEntry] = field(default_factory=dict)
    units: dict[str, UnitEntry] = field(default_factory=dict)
    is_away: bool = False

    async def person(self, tenant: str, number: Personnummer) -> RegisteredPerson:
        return self._found(self.persons.get(number.digits), ResidentNotInRegisterError())

    async def staff(self, tenant: str, hsa_id: str) -> StaffEntry:
        return self._found(self.members.get(hsa_id), StaffNotInDirectoryError(hsa_id))

    async def unit(self, tenant: str, hsa_id: str) -> UnitEntry:
        return self._found(self.units.get(hsa_id), UnitNotInDirectoryError(hsa_id))

    def _found(self, row: T | None, unknown: Exception) -> T:
        if self.is_away:
            raise DirectoryUnavailableError
        if row is None:
            raise unknown
        return row
