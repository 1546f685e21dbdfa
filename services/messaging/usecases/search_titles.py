"""Searching the titles of a moment's conversations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.messaging.cleaning import cleaned_signs
from services.messaging.domain.conversation import Conversation
from services.messaging.domain.search import Wanted, scan
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_moment


@dataclass(frozen=True, slots=True)
class SearchTitles:
    """One page in the order of the list. `default_title` is what people see where there is no other."""

    moment_id: str
    text: str = field(repr=False)
    default_title: str
    after: tuple[datetime, str] | None
    limit: int


@dataclass(frozen=True, slots=True)
class TitlesPage:
    conversations: Sequence[Conversation]
    last: Conversation | None
    drafted: frozenset[str]


async def search_titles(query: SearchTitles, work: MessagingWork) -> TitlesPage:
    """What the caller's side sees and whose title has all the words.

    A page may hold fewer than `limit`, or none, and have a next one. Raises SearchTooShortError, SearchTooLongError.
    """
    reached = await reach_moment(query.moment_id, work)
    moment, side = reached.moment, reached.by.side
    wanted = Wanted.of(cleaned_signs(query.text))

    async def read(last: Conversation | None, count: int) -> Sequence[Conversation]:
        after = query.after if last is None else (last.last_at, last.id)
        return await work.conversations.page(moment.id, side, after=after, limit=count)

    seen = await scan(read, lambda each: each.title or query.default_title, wanted, limit=query.limit)
    drafted = await work.drafts.drafted(moment.id, reached.by.id)
    work.audit("conversations.searched", resident=moment.resident, moment=moment.id)
    return TitlesPage(seen.hits, seen.last, drafted)
