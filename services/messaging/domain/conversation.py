"""A conversation in a moment: numbers its messages, counts what each side has not read, and knows when it may go.

Messages lie beside it, one document each; whoever writes or reads changes the conversation, so its version puts all
of that in one order.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.errors import ConflictError, ForbiddenError
from services.messaging.domain.message import Message
from services.messaging.domain.moment import Moment
from services.messaging.domain.people import Author, Notify, Side
from services.messaging.domain.text import MessageText

# The finest time that is kept.
_TICK = timedelta(milliseconds=1)


class ConversationHasMessagesError(ConflictError):
    def __init__(self, conversation: str) -> None:
        super().__init__(
            f"{conversation} has messages: it can be removed only before its first one.",
            conversation=conversation,
        )


class TitleNotYoursError(ForbiddenError):
    def __init__(self, conversation: str) -> None:
        super().__init__(
            f"Before the first message only its creator names {conversation}, afterwards only staff.",
            conversation=conversation,
        )


@dataclass(frozen=True, slots=True)
class Written:
    """A message lies in the conversation."""

    message: str
    moment: str
    resident: str
    unit: str
    by: Author
    notify: Notify
    at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """One side has read what the other had written, up to and including `up_to`."""

    up_to: str
    moment: str
    resident: str
    by: Author
    at: datetime


@dataclass(slots=True)
class Conversation:
    """`title` None is the default title; `last_at` is when something last happened in it."""

    id: str
    moment: str
    creator: Author
    opened_at: datetime
    last_at: datetime
    title: str | None = field(default=None, repr=False)
    count: int = 0
    last_sender: Side | None = None
    unread: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    # The latest message each side has written, and how far and when each side has read.
    latest: dict[Side, str] = field(default_factory=dict)
    read_to: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    read_at: dict[Side, datetime] = field(default_factory=dict)
    version: int = 0
    position: int = 0
    events: list[Written | Read] = field(default_factory=list)

    @classmethod
    def open(cls, moment: Moment, *, id: str, title: str | None, by: Author, at: datetime) -> "Conversation":
        """Both sides can start one (R155). Raises MessagingOffError or MomentEndedError."""
        moment.must_take_messages()
        moment.conversations += 1
        return cls(id, moment.id, by, at, at, title)

    def write(
        self, moment: Moment, *, id: str, by: Author, text: MessageText, notify: Notify, at: datetime
    ) -> Message:
        """Send a message to the other side (R155, R156). Raises MessagingOffError or MomentEndedError.

        It is sent later than the other side last read, whatever the writer's clock said when the request came:
        what nobody has read must not look read to whoever compares the two times (R178 to R182).
        """
        moment.must_take_messages()
        if (read_at := self.read_at.get(by.side.other)) is not None:
            at = max(at, read_at + _TICK)
        self.count += 1
        self.last_at = at
        self.last_sender = by.side
        self.unread[by.side.other] += 1
        self.latest[by.side] = id
        self._say(Written(id, moment.id, moment.resident, moment.unit, by, notify, at))
        return Message(id, self.id, moment.id, self.count, by, text, notify, at)

    def read(self, moment: Moment, by: Author, at: datetime) -> int | None:
        """The reader's side has seen everything (R177); returns after which number that is news, None if it is none."""
        if not self.unread[by.side]:
            return None
        before = self.read_to[by.side]
        self.unread[by.side] = 0
        self.read_to[by.side] = self.count
        self.read_at[by.side] = max(at, self.read_at.get(by.side, at))
        self._say(Read(self.latest[by.side.other], moment.id, moment.resident, by, at))
        return before

    def rename(self, moment: Moment, title: str | None, by: Author) -> None:
        """By its creator until the first message, afterwards by staff (R158, D49). Raises TitleNotYoursError."""
        moment.must_take_messages()
        may = by.side is Side.STAFF if self.count else by.id == self.creator.id
        if not may:
            raise TitleNotYoursError(self.id)
        self.title = title

    def must_be_removable(self) -> None:
        """Only until its first message (R160)."""
        if self.count:
            raise ConversationHasMessagesError(self.id)

    def is_seen_by(self, side: Side) -> bool:
        """An empty conversation is seen only by the side that opened it."""
        return self.count > 0 or self.creator.side is side

    def _say(self, event: Written | Read) -> None:
        self.events.append(event)
