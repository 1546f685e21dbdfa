"""What flags knows of a moment: whose it is, who answers for it, and which flag of each type is its latest.

A flag's id is made of the moment, the type and an ordinal, so that no race and no replay can raise two at once.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.flags.domain.flag import Flag
from services.flags.domain.kinds import Audience, FlagType


@dataclass(slots=True)
class Moment:
    """`raised` is how many flags of each type there have been."""

    id: str
    resident: str
    unit: str
    practitioner: str | None = None
    ended_at: datetime | None = None
    raised: dict[FlagType, int] = field(default_factory=dict)
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def latest_flag(self, type: FlagType) -> str | None:
        """The id of the only flag of the type that can be open."""
        ordinal = self.raised.get(type)
        return None if ordinal is None else self._flag_id(type, ordinal)

    def latest_flags(self) -> list[str]:
        """The ids of all flags that can be open."""
        return [self._flag_id(kind, ordinal) for kind, ordinal in self.raised.items()]

    def next_flag(self, type: FlagType, audience: Audience, at: datetime) -> Flag:
        """A flag after the latest one, which must have been handled."""
        self.raised[type] = self.raised.get(type, 0) + 1
        return Flag(
            id=self._flag_id(type, self.raised[type]),
            moment=self.id,
            resident=self.resident,
            unit=self.unit,
            type=type,
            audience=audience,
            practitioner=self.practitioner,
            raised_at=at,
        )

    def assign(self, practitioner: str) -> None:
        """The responsible practitioner changes (R256)."""
        self.practitioner = practitioner

    def end(self, at: datetime) -> None:
        """Nothing in it asks for attention any more; the first ending counts."""
        self.ended_at = self.ended_at or at

    def _flag_id(self, type: FlagType, ordinal: int) -> str:
        return f"{self.id}.{type.value}.{ordinal}"
