"""The one way into notifications, and what notifications says of contact choices and outcomes."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import model_validator

from contracts.fields import (
    ConversationId,
    DedupKey,
    FieldClass,
    MomentId,
    NoticeId,
    ResidentId,
    StaffId,
    Switch,
    TextId,
    Time,
    UnitId,
)
from contracts.flags import FlagType
from contracts.message import Message

Category = Annotated[
    Literal["new_message", "follow_up", "reminder"],
    FieldClass("code", "which neutral text is used (R185, R187)"),
]
Timing = Annotated[
    Literal["direct", "batched", "at"],
    FieldClass(
        "code", "at once (R180), with the day's batch (R181), or with the batch of the day of due_at (R185)"
    ),
]
Channel = Annotated[
    Literal["sms", "email", "inbox", "none"],
    FieldClass("code", "the channel; none: what was not to go by SMS or e-mail"),
]
Outcome = Annotated[
    Literal["sent", "digested", "suppressed", "failed", "unknown"],
    FieldClass("code", "how it ended; exactly one"),
]
Reason = Annotated[
    Literal[
        "none", "read", "no_channel", "ended", "purged", "rejected", "unreachable", "gave_up", "no_answer"
    ],
    FieldClass("code", "why it ended so"),
]


class NotifyResident(Message):
    """Ask for a notice to a resident (R178). The same dedup_key with the same content is the same notice.

    `due_at` belongs to timing "at" alone. `unless_read`: no SMS or e-mail is sent if the resident has read that
    conversation after `asked_at`. `unit_id` is the sender of the inbox entry (R199); `text_id` a published heading and
    text for it instead of the neutral ones (R186). Neither is ever part of an SMS or e-mail (D20).
    """

    stream: ClassVar[str] = "notifications.command"

    recipient_id: ResidentId
    moment_id: MomentId
    category: Category
    timing: Timing
    due_at: Time | None = None
    dedup_key: DedupKey
    unless_read: ConversationId | None = None
    unit_id: UnitId | None = None
    text_id: TextId | None = None
    asked_at: Time

    @model_validator(mode="after")
    def _due_at_goes_with_at(self) -> Self:
        if (self.timing == "at") != (self.due_at is not None):
            raise ValueError('due_at is required with timing "at" and refused with any other')
        return self


class NotifyStaff(Message):
    """Ask for a notice to a member of staff that a flag was raised (D23); whoever wants none gets none (R188, R192).

    It names the unit and the type of flag, not the resident; the asker's dedup key is kept as a hash.
    """

    stream: ClassVar[str] = "notifications.command"

    recipient_id: StaffId
    unit_id: UnitId
    flag_type: FlagType
    dedup_key: DedupKey
    asked_at: Time


class ContactChoicesMade(Message):
    """Which channels are on with a confirmed number or address (R183, R193); these stay in notifications.

    When the resident is purged it is said a last time, with all off: keep nothing of whom all is off (R308).
    """

    stream: ClassVar[str] = "notifications.contact"

    resident_id: ResidentId
    sms: Switch
    email: Switch
    at: Time


class NoticeSettled(Message):
    """What became of a notice on a channel: the end of its account (conservation)."""

    stream: ClassVar[str] = "notifications.notice"

    notice_id: NoticeId
    resident_id: ResidentId
    moment_id: MomentId
    channel: Channel
    outcome: Outcome
    reason: Reason
    at: Time
