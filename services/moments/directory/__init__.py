"""The port to the population register and the HSA directory: who somebody is, asked when it is needed.

Nothing of an answer is kept by the port. A number goes to the register and nowhere else: no error and no log has it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from chassis.errors import NotFoundError
from chassis.personnummer import Personnummer
from services.moments.lists.store.shelves import Shelves

Sex = Literal["female", "male"]


class ResidentNotInRegisterError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("The population register has nobody with that number: check it.")


class StaffNotInDirectoryError(NotFoundError):
    def __init__(self, hsa_id: str) -> None:
        super().__init__(f"The HSA directory has no member of staff {hsa_id}.", person=hsa_id)


class UnitNotInDirectoryError(NotFoundError):
    """A unit must be in the HSA directory to use the service (R258)."""

    def __init__(self, hsa_id: str) -> None:
        super().__init__(f"The HSA directory has no unit {hsa_id}.", unit=hsa_id)


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """A row of the population register, with what 1177 says of the account; `county` is its two digits."""

    surname: str = field(repr=False)
    given_name: str = field(repr=False)
    is_protected: bool = False
    is_deceased: bool = False
    is_locked: bool = False
    last_login_at: datetime | None = None
    county: str | None = None
    sex: Sex | None = None
    born: date | None = None
    mobile: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """A member of staff; `units` are those with a care assignment (R276)."""

    hsa_id: str
    name: str
    units: frozenset[str]
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A care unit; `kind` and `valid_until` as HSA has them (R264)."""

    hsa_id: str
    name: str
    organisation: str
    kind: str | None = None
    valid_until: date | None = None


class Directory(Protocol):
    """Answers about one tenant. Each raises its not-found error, or DirectoryUnavailableError."""

    async def person(self, tenant: str, number: Personnummer) -> RegisteredPerson: ...

    async def staff(self, tenant: str, hsa_id: str) -> StaffEntry: ...

    async def unit(self, tenant: str, hsa_id: str) -> UnitEntry: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What a process of moments calls outside, and what it remembers of the units it has shown."""

    directory: Directory
    shelves: Shelves = field(default_factory=Shelves)
