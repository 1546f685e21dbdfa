"""An offer: a version of a program that a unit's practitioners may start (R31, R36, R49).

A unit offers at most one version of a program at a time.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.errors import ConflictError


class ProgramNotActiveError(ConflictError):
    """The unit does not offer the program now (R31)."""

    def __init__(self, program: str, unit: str) -> None:
        super().__init__(
            f"{program} is not active on {unit}: the region's administrator activates it.",
            program=program,
            unit=unit,
        )


@dataclass(slots=True)
class Offer:
    """What one unit offers of one program; `release` names the version."""

    id: str
    unit: str
    program: str
    release: str
    active: bool
    changed_by: str
    changed_at: datetime
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def activate(self, release: str, *, by: str, at: datetime) -> None:
        """Offer this version from now on; running moments stay on theirs (D29)."""
        self.release, self.active = release, True
        self.changed_by, self.changed_at = by, at

    def inactivate(self, *, by: str, at: datetime) -> None:
        """Offer it no more; running moments go on (R36)."""
        self.active = False
        self.changed_by, self.changed_at = by, at


def offer_id(unit: str, program: str) -> str:
    """The id of a unit's offer of a program."""
    return f"{unit}:{program}"
