"""A resident as this service knows them: name and number, and whether they have ever been here.

The id is a keyed hash of the number, so exact search by number is computing the id; it is kept only while the
resident has a moment.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.errors import ConflictError, ForbiddenError


class ResidentDeceasedError(ConflictError):
    """The population register says so; the account is inactivated (R353)."""

    def __init__(self) -> None:
        super().__init__("The resident is deceased according to the population register: nothing is started.")


class ResidentLeavingError(ConflictError):
    """What was left of the resident is being purged at this moment."""

    def __init__(self, resident: str) -> None:
        super().__init__(f"{resident} is being purged: try again in a moment.", resident=resident)


class ProtectedIdentityError(ForbiddenError):
    """Contact data of a resident with protected identity are shown to nobody (D41)."""

    def __init__(self, resident: str) -> None:
        super().__init__(f"{resident} has protected identity: contact data are not shown.", resident=resident)


@dataclass(slots=True)
class Resident:
    """`number` is 12 digits; name and number never leave in an event, an error or a log."""

    id: str
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given_name: str = field(repr=False)
    is_protected: bool = False
    first_login_at: datetime | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Surname, Given name (R234)."""
        return f"{self.surname}, {self.given_name}"

    @property
    def masked(self) -> str:
        """YYYYMMDD-XXXX (R235)."""
        return f"{self.number[:8]}-XXXX"

    def rename(self, surname: str, given_name: str, *, is_protected: bool) -> bool:
        """Note what the population register says now; True if that is news."""
        before = self.surname, self.given_name, self.is_protected
        self.surname, self.given_name, self.is_protected = surname, given_name, is_protected
        return before != (surname, given_name, is_protected)

    def arrive(self, at: datetime) -> bool:
        """Note the first visit (R51); True if this is it."""
        if self.first_login_at is not None:
            return False
        self.first_login_at = at
        return True
