"""What waits to be read across the moments that a practitioner is responsible for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.messaging.domain.moment import Moment
from services.messaging.domain.people import Side
from services.messaging.store.conversations import Unread
from services.messaging.store.work import MessagingWork


@dataclass(frozen=True, slots=True)
class ListUnread:
    """One page, the moment with the latest message first; `after` is that time in the last one, and its id."""

    after: tuple[datetime, str] | None
    limit: int


@dataclass(frozen=True, slots=True)
class UnreadMoment:
    moment: Moment
    unread: Unread


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """`moments` and `messages` count all of them, whatever the page."""

    items: Sequence[UnreadMoment]
    has_more: bool
    moments: int
    messages: int


async def list_unread(query: ListUnread, work: MessagingWork) -> UnreadPage:
    """The caller's own moments at their unit with something unread (R173), whoever was responsible before (R156).

    Moments that have ended are there too, until they have been read: what was written last must not be overlooked.
    """
    own = {
        moment.id: moment
        for moment in await work.moments.of_practitioner(work.actor.unit or "", work.actor.id)
        if moment.messaging
    }
    counted = await work.conversations.unread_by_moment(list(own), Side.STAFF)
    lines = sorted(counted.items(), key=lambda line: (line[1].latest_at, line[0]), reverse=True)
    rest = [
        UnreadMoment(own[moment], unread)
        for moment, unread in lines
        if query.after is None or (unread.latest_at, moment) < query.after
    ]
    items = rest[: query.limit]
    work.audit_list("unread.listed", ((item.moment.resident, item.moment.id) for item in items))
    return UnreadPage(items, len(rest) > query.limit, len(lines), sum(unread.messages for _, unread in lines))
