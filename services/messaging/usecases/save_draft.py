"""Keeping what is not yet sent (R163, D48)."""

from dataclasses import dataclass, field

from chassis.errors import StaleError
from chassis.outbox import next_position
from services.messaging.cleaning import cleaned_message
from services.messaging.domain.draft import Draft, draft_text
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_conversation


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """`edition` is the one the caller saw, 0 for none; None lets the last one to save win."""

    conversation_id: str
    text: str = field(repr=False)
    edition: int | None = None


async def save_draft(command: SaveDraft, work: MessagingWork) -> Draft:
    """The author's draft, cleaned as a message is.

    Raises StaleError when it was saved or sent elsewhere since, EmptyDraftError, MessageTooLongError.
    """
    conversation, reached = await reach_conversation(command.conversation_id, work)
    author, moment = reached.by.id, reached.moment
    text = draft_text(cleaned_message(command.text))
    draft = await work.drafts.find(Draft.id_of(conversation.id, author))
    seen = draft.edition if draft else 0
    if command.edition not in {None, seen}:
        raise StaleError(f"The draft in {conversation.id} was saved or sent elsewhere: read it again.")
    edition = next_position(seen)
    if draft is None:
        draft = Draft.begin(moment, conversation, author=author, text=text, edition=edition, at=work.now)
    else:
        draft.save(moment, text, edition=edition, at=work.now)
    await work.drafts.save(draft)
    work.audit("draft.saved", resident=moment.resident, moment=moment.id)
    return draft
