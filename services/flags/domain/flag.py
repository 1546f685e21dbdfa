"""A flag: stands once per moment and type, counts its causes, and is gone when they are seen to or it is handled.

A cause that is told twice counts once; a flag that has been handled never opens again, the next cause raises another.
"""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.errors import ForbiddenError
from services.flags.domain.kinds import Audience, FlagType


class FlagForResidentError(ForbiddenError):
    def __init__(self, flag: str) -> None:
        super().__init__(f"{flag} is addressed to the resident: staff do not handle it.", flag=flag)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a flag stands for, such as a message; `source` is what is opened to see it, such as its conversation."""

    id: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Raised:
    """The flag stands for so many causes now."""

    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Handled:
    """The flag is gone from the lists."""

    by: str
    at: datetime


@dataclass(slots=True)
class Flag:
    """`practitioner` is who is responsible for the moment now: the flag follows the moment (D27)."""

    id: str
    moment: str
    resident: str
    unit: str
    type: FlagType
    audience: Audience
    practitioner: str | None
    raised_at: datetime
    causes: list[Cause] = field(default_factory=list)
    handled_at: datetime | None = None
    handled_by: str | None = None
    version: int = 0
    position: int = 0
    events: list[Raised | Handled] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many causes wait; of a handled flag, how many were waiting (R218)."""
        return len(self.causes)

    @property
    def is_open(self) -> bool:
        return self.handled_at is None

    def raise_for(self, cause: Cause) -> None:
        """One cause more, unless it is counted already (R202, R218)."""
        if cause.id in {known.id for known in self.causes}:
            return
        self.causes.append(cause)
        self.raised_at = max(self.raised_at, cause.at)
        self._say(Raised(self.count, self.raised_at))

    def see(self, source: str, *, up_to: str, by: str, at: datetime) -> None:
        """Somebody has opened `source` up to and including the cause `up_to`: those causes wait no more.

        What came after `up_to` waits on. Where `up_to` is no cause of this flag, the times decide. The flag is handled
        when nothing waits.
        """
        if not self.is_open:
            return
        of_source = [cause for cause in self.causes if cause.source == source]
        ids = [cause.id for cause in of_source]
        seen = (
            ids[: ids.index(up_to) + 1]
            if up_to in ids
            else [cause.id for cause in of_source if cause.at <= at]
        )
        if not seen:
            return
        waiting = [cause for cause in self.causes if cause.id not in seen]
        if not waiting:
            self.handle(by=by, at=at)
            return
        self.causes = waiting
        self._say(Raised(self.count, self.raised_at))

    def handle(self, *, by: str, at: datetime) -> None:
        """Take it off the lists (R216); handling it again changes nothing."""
        if not self.is_open:
            return
        self.handled_at = at
        self.handled_by = by
        self._say(Handled(by, at))

    def must_be_for_staff(self) -> None:
        """Staff handle what is addressed to practitioners (R203)."""
        if self.audience is not Audience.PRACTITIONER:
            raise FlagForResidentError(self.id)

    def follow(self, practitioner: str) -> None:
        """The moment has another responsible practitioner (R256, D27)."""
        self.practitioner = practitioner

    def _say(self, event: Raised | Handled) -> None:
        self.events.append(event)
