"""What messaging knows of a moment: whose it is, where, and whether anybody may write in it now."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.errors import ConflictError, ForbiddenError


class MessagingOffError(ForbiddenError):
    def __init__(self, moment: str) -> None:
        super().__init__(f"The program of {moment} has messages switched off.", moment=moment)


class MomentEndedError(ConflictError):
    def __init__(self, moment: str) -> None:
        super().__init__(f"{moment} has ended: nothing more can be written in it.", moment=moment)


class MomentMaintainedError(ConflictError):
    """In maintenance the history is read and nobody writes (R176, D11)."""

    def __init__(self, moment: str) -> None:
        super().__init__(f"{moment} is in maintenance: nothing more is written in it.", moment=moment)


class AccessEndedError(ForbiddenError):
    def __init__(self, moment: str) -> None:
        super().__init__(
            f"{moment} has ended, or its days of maintenance, and with it the resident's access.",
            moment=moment,
        )


@dataclass(slots=True)
class Moment:
    """A moment as far as messages go. It counts its conversations, so that none can slip in behind a purge.

    `readable_until` is the end of its maintenance, None outside of it.
    """

    id: str
    resident: str
    unit: str
    messaging: bool
    practitioner: str | None = None
    ended_at: datetime | None = None
    readable_until: datetime | None = None
    conversations: int = 0
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def assign(self, practitioner: str) -> None:
        """The responsible practitioner changes (R256)."""
        self.practitioner = practitioner

    def maintain(self, until: datetime) -> None:
        """History alone until then (R176, D11)."""
        self.readable_until = until

    def resume(self) -> None:
        """It goes on as before (D10)."""
        self.readable_until = None

    def end(self, at: datetime) -> None:
        """No more messages; the first ending counts (R298, R302)."""
        self.ended_at = self.ended_at or at

    def must_have_messages(self) -> None:
        """Messaging exists only where the designer has switched it on (R154)."""
        if not self.messaging:
            raise MessagingOffError(self.id)

    def must_take_messages(self) -> None:
        """Refuse whoever writes where messages are off (R154), or the moment is over or in maintenance (R176)."""
        self.must_have_messages()
        if self.ended_at is not None:
            raise MomentEndedError(self.id)
        if self.readable_until is not None:
            raise MomentMaintainedError(self.id)

    def must_be_open_to_the_resident(self, at: datetime) -> None:
        """After the ending, or the days of maintenance, the resident has no access to the content (R302, D9)."""
        if self.ended_at is not None or (self.readable_until is not None and at >= self.readable_until):
            raise AccessEndedError(self.id)
