"""An offer: a version of a program that a unit's practitioners may start (R31, R36, R49).

A unit offers at most one version of a program at a time. Residents may start it themselves only while the unit has
made it available to a group of them (R25, R260).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.errors import ConflictError
from services.moments.programs.domain.program import Program
from services.moments.programs.domain.target import TargetGroup


class ProgramNotActiveError(ConflictError):
    """The unit does not offer the program now (R31)."""

    def __init__(self, program: str, unit: str) -> None:
        super().__init__(
            f"{program} is not active on {unit}: the region's administrator activates it.",
            program=program,
            unit=unit,
        )


class ProgramNotOpenError(ConflictError):
    """Without a description nobody could know what they start (R28)."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"{program} has no description to read before the start: its designer writes one under open.",
            program=program,
        )


@dataclass(slots=True)
class Offer:
    """What one unit offers of one program; `release` names the version, `open_to` who may start it alone."""

    id: str
    unit: str
    program: str
    release: str
    active: bool
    changed_by: str
    changed_at: datetime
    open_to: TargetGroup | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def activate(self, program: Program, *, by: str, at: datetime) -> None:
        """Offer this version from now on; running moments stay on theirs (D29)."""
        self.release, self.active = program.id, True
        if program.openness is None:
            self.open_to = None
        self.changed_by, self.changed_at = by, at

    def inactivate(self, *, by: str, at: datetime) -> None:
        """Offer it no more; running moments go on (R36)."""
        self.active, self.open_to = False, None
        self.changed_by, self.changed_at = by, at

    def open_for(self, group: TargetGroup | None, program: Program, *, by: str, at: datetime) -> None:
        """Let residents of the group start it alone; None is the group its designer suggests (R25, R260).

        Raises ProgramNotActiveError, or ProgramNotOpenError for a program without description (R28).
        """
        if not self.active:
            raise ProgramNotActiveError(self.program, self.unit)
        if program.openness is None:
            raise ProgramNotOpenError(self.program)
        self.open_to = program.openness.suggested if group is None else group
        self.changed_by, self.changed_at = by, at

    def close(self, *, by: str, at: datetime) -> None:
        """Residents start it alone no more; staff still do (R26)."""
        self.open_to = None
        self.changed_by, self.changed_at = by, at


def offer_id(unit: str, program: str) -> str:
    """The id of a unit's offer of a program."""
    return f"{unit}:{program}"
