"""Throwing away what was not sent."""

from dataclasses import dataclass

from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_conversation


@dataclass(frozen=True, slots=True)
class RemoveDraft:
    conversation_id: str


async def remove_draft(command: RemoveDraft, work: MessagingWork) -> None:
    """The caller's own, in any state of the moment; a second time nothing happens."""
    conversation, reached = await reach_conversation(command.conversation_id, work)
    work.drafts.remove(conversation.id, reached.by.id)
    work.audit("draft.removed", resident=reached.moment.resident, moment=reached.moment.id)
