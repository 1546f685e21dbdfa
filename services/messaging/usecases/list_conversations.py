"""The conversations of a moment, with what is unread, what is not yet sent, and what the composer must say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.messaging.domain.conversation import Conversation
from services.messaging.domain.moment import Moment
from services.messaging.domain.people import Side
from services.messaging.store import contacts
from services.messaging.store.conversations import Unread
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_moment


class Only(StrEnum):
    """The filters OLÄST and UTKAST (R164)."""

    UNREAD = "unread"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class ListConversations:
    """One page, the liveliest first; `after` is when the last one of the page before was last used, and its id."""

    moment_id: str
    after: tuple[datetime, str] | None
    limit: int
    only: Only | None = None


@dataclass(frozen=True, slots=True)
class ConversationsPage:
    """`unread` and `drafted` are of the whole moment, whatever the filter and the page; `is_empty` is the moment."""

    moment: Moment
    conversations: Sequence[Conversation]
    has_more: bool
    is_empty: bool
    unread: Unread
    drafted: frozenset[str]
    reachable: bool


async def list_conversations(query: ListConversations, work: MessagingWork) -> ConversationsPage:
    """The page, how much the side has not read (R164, R165), and whether a notice could reach the resident (R172)."""
    reached = await reach_moment(query.moment_id, work)
    moment, side = reached.moment, reached.by.side
    drafted = await work.drafts.drafted(moment.id, reached.by.id)
    found = await work.conversations.page(
        moment.id,
        side,
        after=query.after,
        limit=query.limit + 1,
        unread=query.only is Only.UNREAD,
        among=drafted if query.only is Only.DRAFT else None,
    )
    unread = await work.conversations.unread(moment.id, side)
    reachable = side is Side.RESIDENT or await contacts.has_a_channel(work, moment.resident)
    work.audit("conversations.listed", resident=moment.resident, moment=moment.id)
    return ConversationsPage(
        moment,
        found[: query.limit],
        has_more=len(found) > query.limit,
        is_empty=not found and query.only is None and query.after is None,
        unread=unread,
        drafted=drafted,
        reachable=reachable,
    )
