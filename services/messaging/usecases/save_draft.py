"""Keeping what is not yet sent (R163, D48)."""

from dataclasses import dataclass, field

from chassis.errors import StaleError
from services.messaging.cleaning import cleaned_message
from services.messaging.domain.draft import Draft, draft_text
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_conversation


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """`version` is the one the caller saw; None lets the last one to save win."""

    conversation_id: str
    text: str = field(repr=False)
    version: int | None = None


async def save_draft(command: SaveDraft, work: MessagingWork) -> Draft:
    """The author's draft, cleaned as a message is.

    Raises StaleError when it was saved or sent elsewhere since, EmptyDraftError, MessageTooLongError.
    """
    conversation, reached = await reach_conversation(command.conversation_id, work)
    author, moment = reached.by.id, reached.moment
    text = draft_text(cleaned_message(command.text))
    draft = await work.drafts.find(Draft.id_of(conversation.id, author))
    if command.version is not None and command.version != (draft.version if draft else 0):
        raise StaleError(f"The draft in {conversation.id} was saved or sent elsewhere: read it again.")
    if draft is None:
        draft = Draft.begin(moment, conversation, author=author, text=text, at=work.now)
    else:
        draft.save(moment, text, work.now)
    await work.drafts.save(draft)
    work.audit("draft.saved", resident=moment.resident, moment=moment.id)
    return draft
