"""Opening a conversation: the newest page marks it as read by the reader's side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.messaging.domain.conversation import Conversation
from services.messaging.domain.message import Message
from services.messaging.domain.moment import Moment
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_conversation


@dataclass(frozen=True, slots=True)
class ReadMessages:
    """One page, newest first; `before` is the number of the last message of the page before."""

    conversation_id: str
    before: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class ConversationPage:
    moment: Moment
    conversation: Conversation
    messages: Sequence[Message]
    has_more: bool


async def read_messages(query: ReadMessages, work: MessagingWork) -> ConversationPage:
    """The page, with the receipts of both sides (R177). Whoever opens an older page has opened the newest before."""
    conversation, reached = await reach_conversation(query.conversation_id, work)
    found = await work.messages.page(
        conversation.id, up_to=conversation.count, before=query.before, limit=query.limit + 1
    )
    work.audit("conversation.read", resident=reached.moment.resident, moment=reached.moment.id)
    shown = found[: query.limit]
    if query.before is None:
        news_after = conversation.read(reached.moment, reached.by, work.now)
        if news_after is not None:
            await work.conversations.save(conversation)
            work.messages.mark_read(
                conversation.id,
                sender=reached.by.side.other,
                after=news_after,
                up_to=conversation.count,
                at=work.now,
            )
            shown = [
                replace(message, read_at=work.now)
                if message.read_at is None and message.author.side is reached.by.side.other
                else message
                for message in shown
            ]
    return ConversationPage(reached.moment, conversation, shown, has_more=len(found) > query.limit)
