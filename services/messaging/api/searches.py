"""Searching a moment's messages and titles; the words travel in the body and are remembered nowhere."""

from chassis.http.identity import Caller
from chassis.http.paging import MalformedCursorError, cursor_after
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.service import UnitsOf
from services.messaging.api import answers
from services.messaging.api.reasons import READING, of_residents
from services.messaging.api.requests import after_time
from services.messaging.api.residents import Me
from services.messaging.api.schemas import ConversationHits, MessageHit, MessageHits, Search
from services.messaging.api.staff import Reader
from services.messaging.domain.people import Side
from services.messaging.domain.search import SearchTooLongError, SearchTooShortError
from services.messaging.usecases.search_messages import Hit, SearchMessages, search_messages
from services.messaging.usecases.search_titles import SearchTitles, search_titles

staff = Router(tags=["messages, staff"])
residents = Router(tags=["messages, residents"])

_REFUSED = (*READING, SearchTooShortError, SearchTooLongError, MalformedCursorError)


@staff.post("/moments/{moment_id}/messages/search", summary="Search messages; marks nothing as read")
@refuses(*_REFUSED)
async def messages(*, moment_id: str, body: Search, caller: Reader, units: UnitsOf) -> MessageHits:
    return await _messages(moment_id, body, caller, units)


@staff.post("/moments/{moment_id}/conversations/search", summary="Search titles")
@refuses(*_REFUSED)
async def titles(*, moment_id: str, body: Search, caller: Reader, units: UnitsOf) -> ConversationHits:
    return await _titles(moment_id, body, caller, units, Side.STAFF)


@residents.post("/me/moments/{moment_id}/messages/search", summary="Search messages; marks nothing as read")
@refuses(*of_residents(*_REFUSED))
async def my_messages(*, moment_id: str, body: Search, caller: Me, units: UnitsOf) -> MessageHits:
    return await _messages(moment_id, body, caller, units)


@residents.post("/me/moments/{moment_id}/conversations/search", summary="Search titles")
@refuses(*of_residents(*_REFUSED))
async def my_titles(*, moment_id: str, body: Search, caller: Me, units: UnitsOf) -> ConversationHits:
    return await _titles(moment_id, body, caller, units, Side.RESIDENT)


async def _messages(moment_id: str, body: Search, caller: Caller, units: UnitsOf) -> MessageHits:
    query = SearchMessages(moment_id, body.text, after_time(body.cursor), body.limit)
    page = await units.run(caller, lambda work: search_messages(query, work))
    last = page.last
    return MessageHits(
        items=[_hit(hit) for hit in page.hits],
        next=None if last is None else cursor_after(last.sent_at, last.id),
    )


async def _titles(
    moment_id: str, body: Search, caller: Caller, units: UnitsOf, side: Side
) -> ConversationHits:
    query = SearchTitles(moment_id, body.text, answers.default_title(), after_time(body.cursor), body.limit)
    page = await units.run(caller, lambda work: search_titles(query, work))
    last = page.last
    return ConversationHits(
        items=[answers.listed_conversation(each, side, page.drafted) for each in page.conversations],
        next=None if last is None else cursor_after(last.last_at, last.id),
    )


def _hit(hit: Hit) -> MessageHit:
    message = hit.message
    return MessageHit(
        id=message.id,
        conversation_id=message.conversation,
        title=answers.title_of(hit.conversation),
        number=message.number,
        sender=message.author.side.value,
        author_name=message.author.name or None,
        sent_at=message.sent_at,
        excerpt=hit.excerpt,
    )
