"""Sending a message, and asking for a notice to the resident in the same write."""

import secrets
from dataclasses import dataclass, field

from services.messaging.cleaning import cleaned_message, cleaned_signs
from services.messaging.domain.message import Message
from services.messaging.domain.people import Notify
from services.messaging.domain.text import MessageText
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_conversation


@dataclass(frozen=True, slots=True)
class WriteMessage:
    """`notify` is the sender's choice of a notice to the resident; a resident's message asks for none."""

    conversation_id: str
    text: str = field(repr=False)
    notify: Notify = Notify.NONE
    author_name: str = field(default="", repr=False)


async def write_message(command: WriteMessage, work: MessagingWork) -> Message:
    """The message as it was sent, cleaned (R155, R161, R162, R168 to R171); the author's draft goes."""
    conversation, reached = await reach_conversation(
        command.conversation_id, work, name=cleaned_signs(command.author_name)
    )
    message = conversation.write(
        reached.moment,
        id=f"msg-{secrets.token_hex(13)}",
        by=reached.by,
        text=MessageText.of(cleaned_message(command.text)),
        notify=command.notify,
        at=work.now,
    )
    await work.conversations.save(conversation)
    await work.messages.save(message)
    work.drafts.remove(conversation.id, reached.by.id)
    work.audit("message.sent", resident=reached.moment.resident, moment=reached.moment.id)
    return message
