"""Searching the messages of a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.messaging.cleaning import cleaned_signs
from services.messaging.domain.conversation import Conversation
from services.messaging.domain.message import Message
from services.messaging.domain.search import Wanted, plain_text, scan
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_moment


@dataclass(frozen=True, slots=True)
class SearchMessages:
    """One page, newest first; `before` is when the last one that was examined was sent, and its id."""

    moment_id: str
    text: str = field(repr=False)
    before: tuple[datetime, str] | None
    limit: int


@dataclass(frozen=True, slots=True)
class Hit:
    message: Message
    conversation: Conversation
    excerpt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HitsPage:
    hits: Sequence[Hit]
    last: Message | None


async def search_messages(query: SearchMessages, work: MessagingWork) -> HitsPage:
    """What both sides have sent and has all the words. To find is not to open: nothing is marked as read (R177).

    A page may hold fewer than `limit`, or none, and have a next one. Raises SearchTooShortError, SearchTooLongError.
    """
    reached = await reach_moment(query.moment_id, work)
    wanted = Wanted.of(cleaned_signs(query.text))

    async def read(last: Message | None, count: int) -> Sequence[Message]:
        before = query.before if last is None else (last.sent_at, last.id)
        return await work.messages.newest(reached.moment.id, before=before, limit=count)

    seen = await scan(read, lambda message: plain_text(message.text.markup), wanted, limit=query.limit)
    conversations = await _conversations(seen.hits, work)
    work.audit("messages.searched", resident=reached.moment.resident, moment=reached.moment.id)
    hits = [
        Hit(message, conversations[message.conversation], wanted.excerpt(plain_text(message.text.markup)))
        for message in seen.hits
        if message.conversation in conversations
    ]
    return HitsPage(hits, seen.last)


async def _conversations(hits: Sequence[Message], work: MessagingWork) -> Mapping[str, Conversation]:
    identities = {message.conversation for message in hits}
    await work.conversations.load(identities)
    found = [await work.conversations.find(identity) for identity in identities]
    # A purge may have come in between.
    return {conversation.id: conversation for conversation in found if conversation is not None}
