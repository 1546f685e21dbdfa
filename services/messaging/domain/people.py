"""Who takes part: the two sides of a conversation, and the author of a message."""

from dataclasses import dataclass, field
from enum import StrEnum


class Side(StrEnum):
    """All staff of the unit are one side, because any of them may stand in for the responsible one (R156, D54)."""

    STAFF = "staff"
    RESIDENT = "resident"

    @property
    def other(self) -> "Side":
        return Side.RESIDENT if self is Side.STAFF else Side.STAFF


class Notify(StrEnum):
    """What staff chose next to "Avisera till inkorgen": `NONE` is the box not ticked (R168 to R170)."""

    NONE = "none"
    DIRECT = "direct"
    BATCHED = "batched"


@dataclass(frozen=True, slots=True)
class Author:
    """Whoever writes or reads. `name` is shown to the other side and is empty where the side says enough."""

    side: Side
    id: str
    name: str = field(default="", repr=False)
