"""Changing a conversation's title (R158, D49)."""

from dataclasses import dataclass, field

from chassis.errors import StaleError
from services.messaging.cleaning import cleaned_signs
from services.messaging.domain.conversation import Conversation
from services.messaging.domain.text import title_of
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_conversation


@dataclass(frozen=True, slots=True)
class RenameConversation:
    """`version` is what the caller saw."""

    conversation_id: str
    title: str | None = field(repr=False)
    version: int


async def rename_conversation(command: RenameConversation, work: MessagingWork) -> Conversation:
    """Raises StaleError when somebody was first, TitleNotYoursError, TitleTooLongError."""
    conversation, reached = await reach_conversation(command.conversation_id, work)
    if conversation.version != command.version:
        raise StaleError(f"{conversation.id} is at version {conversation.version}: read it again.")
    conversation.rename(reached.moment, title_of(cleaned_signs(command.title or "")), reached.by)
    await work.conversations.save(conversation)
    work.audit("conversation.renamed", resident=reached.moment.resident, moment=reached.moment.id)
    return conversation
