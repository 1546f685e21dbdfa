"""Going on with what was not sent (R163)."""

from dataclasses import dataclass

from services.messaging.domain.draft import Draft, NoDraftError
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_conversation


@dataclass(frozen=True, slots=True)
class ReadDraft:
    conversation_id: str


async def read_draft(query: ReadDraft, work: MessagingWork) -> Draft:
    """The caller's own (D48). Raises NoDraftError."""
    conversation, reached = await reach_conversation(query.conversation_id, work)
    draft = await work.drafts.find(Draft.id_of(conversation.id, reached.by.id))
    if draft is None:
        raise NoDraftError(conversation.id)
    work.audit("draft.read", resident=reached.moment.resident, moment=reached.moment.id)
    return draft
