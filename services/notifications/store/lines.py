"""Account lines: a notice on a channel, whose end is said exactly where it is decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from chassis.work import Work
from contracts.notifications import NoticeSettled
from services.notifications.domain.notices import Item
from services.notifications.domain.staff import is_staff

NONE = "none"


class Line(Protocol):
    """Where an account line stands."""

    @property
    def id(self) -> str: ...
    @property
    def resident(self) -> str: ...
    @property
    def channel(self) -> str: ...


@dataclass(frozen=True, slots=True)
class EndedLine:
    """The line of what ends as it is made: not to go by SMS or e-mail, unless another channel is named."""

    id: str
    resident: str
    channel: str = NONE


def say_settled(work: Work, line: Line, items: Iterable[Item], outcome: str, reason: str) -> None:
    """Say the end of each notice's account line. Of staff's own nothing is said: the topic is residents'."""
    if is_staff(line.resident):
        return
    position = 0
    for item in items:
        message = NoticeSettled(
            notice_id=item.notice,
            resident_id=line.resident,
            moment_id=item.moment,
            channel=line.channel,  # type: ignore[arg-type]
            outcome=outcome,  # type: ignore[arg-type]
            reason=reason,  # type: ignore[arg-type]
            at=work.now,
        )
        position = work.say(message, about=line.id, after=position)
