"""What messaging says: that a conversation went on, never what was written in it."""

from typing import Annotated, ClassVar, Literal

from contracts.fields import (
    ActorId,
    ConversationId,
    FieldClass,
    MessageId,
    MomentId,
    ResidentId,
    Time,
    UnitId,
)
from contracts.message import Message

Side = Annotated[Literal["staff", "resident"], FieldClass("code", "which side of the conversation")]


class MessageSent(Message):
    """A message lies in the conversation for the other side to read (R155, R156)."""

    stream: ClassVar[str] = "messaging.conversation"

    message_id: MessageId
    conversation_id: ConversationId
    moment_id: MomentId
    resident_id: ResidentId
    unit_id: UnitId
    sender: Side
    sent_at: Time
    by: ActorId


class ConversationRead(Message):
    """One side has read the conversation up to and including the named message (R177)."""

    stream: ClassVar[str] = "messaging.conversation"

    conversation_id: ConversationId
    moment_id: MomentId
    resident_id: ResidentId
    reader: Side
    up_to: MessageId
    read_at: Time
    by: ActorId
