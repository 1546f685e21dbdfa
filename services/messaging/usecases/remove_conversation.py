"""Removing a conversation in which nobody has written (R160)."""

from dataclasses import dataclass

from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_conversation


@dataclass(frozen=True, slots=True)
class RemoveConversation:
    conversation_id: str


async def remove_conversation(command: RemoveConversation, work: MessagingWork) -> None:
    """Raises ConversationHasMessagesError after the first message, and as for writing when nobody may write."""
    conversation, reached = await reach_conversation(command.conversation_id, work)
    reached.moment.must_take_messages()
    conversation.must_be_removable()
    work.conversations.remove(conversation)
    work.drafts.remove_all(reached.moment.id, conversation.id)
    work.audit("conversation.removed", resident=reached.moment.resident, moment=reached.moment.id)
