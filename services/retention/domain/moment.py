"""A moment as retention knows it: ids, codes and times, from its start until it is purged.

Only an ended moment without linked moments is purged, once, and never by itself.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import ConflictError, InvalidError


class State(StrEnum):
    """A purged moment has no state: it is gone."""

    ONGOING = "ongoing"
    ENDED = "ended"
    BEING_PURGED = "being_purged"


class Obstacle(StrEnum):
    """Why an ended moment cannot be purged now: the button is grey."""

    LINKED_MOMENTS_FIRST = "linked_moments_first"
    BEING_PURGED = "being_purged"


class ConfirmationMissingError(InvalidError):
    def __init__(self, moment_id: str) -> None:
        super().__init__(
            f"The purge of {moment_id} is not confirmed: export what is needed, see that the record has "
            "what matters, and send confirm: true.",
            moment_id=moment_id,
        )


class MomentNotEndedError(ConflictError):
    def __init__(self, moment_id: str) -> None:
        super().__init__(
            f"The moment {moment_id} is ongoing: only an ended moment is purged; end it first.",
            moment_id=moment_id,
        )


class MomentBeingPurgedError(ConflictError):
    def __init__(self, moment_id: str, purge_id: str) -> None:
        super().__init__(
            f"The moment {moment_id} is being purged already: follow {purge_id}.",
            moment_id=moment_id,
            purge_id=purge_id,
        )


class MomentPurgedError(ConflictError):
    def __init__(self, moment_id: str, purge_id: str) -> None:
        super().__init__(
            f"The moment {moment_id} is purged: {purge_id} has the certificate.",
            moment_id=moment_id,
            purge_id=purge_id,
        )


class LinkedMomentsRemainError(ConflictError):
    def __init__(self, moment_id: str, count: int) -> None:
        super().__init__(
            f"{count} linked moments continue {moment_id}: purge them first.",
            moment_id=moment_id,
            count=count,
        )


@dataclass(slots=True)
class Moment:
    """`continues` is the moment it was created from by handover or continuation, `continued_by` the other way (D32).

    Both are kept, because the start of the one and the end of the other are heard in any order.
    """

    id: str
    resident_id: str
    unit_id: str
    program_id: str
    program_version: str
    started_at: datetime
    continues: str | None = None
    state: State = State.ONGOING
    ended_at: datetime | None = None
    reason: str | None = None
    continued_by: str | None = None
    purge_id: str | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def end(self, *, reason: str, unit_id: str, at: datetime, continued_by: str | None = None) -> None:
        """From now on it is listed as ended at its unit (R304); a second end changes nothing."""
        if self.state is not State.ONGOING:
            return
        self.state = State.ENDED
        self.reason = reason
        self.continued_by = continued_by
        self.unit_id = unit_id
        self.ended_at = at

    def begin_purge(self, purge_id: str, *, linked: int, confirmed: bool) -> None:
        """Refuse what may not be purged (R308, R313, D6, D32, D35); `linked` counts the moments that continue it."""
        if self.purge_id is not None:
            raise MomentBeingPurgedError(self.id, self.purge_id)
        if self.state is State.ONGOING:
            raise MomentNotEndedError(self.id)
        if linked:
            raise LinkedMomentsRemainError(self.id, linked)
        if not confirmed:
            raise ConfirmationMissingError(self.id)
        self.state = State.BEING_PURGED
        self.purge_id = purge_id

    def obstacle(self, *, linked: int) -> Obstacle | None:
        """Why it cannot be purged now, if so (R313)."""
        if self.state is State.BEING_PURGED:
            return Obstacle.BEING_PURGED
        return Obstacle.LINKED_MOMENTS_FIRST if linked else None
