"""What staff's and residents' endpoints share: where a page begins, and requests that happen once."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Query, Request, Response

from chassis.http.idempotency import COLLECTION, Answer, Idempotency, Once
from chassis.http.identity import Caller
from chassis.http.paging import MalformedCursorError, read_cursor
from chassis.service import Surroundings
from services.messaging.api.schemas import Opened, Sent
from services.messaging.domain.people import Notify
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.list_conversations import Only
from services.messaging.usecases.open_conversation import OpenConversation, open_conversation
from services.messaging.usecases.write_message import WriteMessage, write_message

OnlyThese = Annotated[Only | None, Query(description="The filters OLÄST and UTKAST (R164).")]


def after_time(cursor: str | None) -> tuple[datetime, str] | None:
    """A place among conversations."""
    after = read_cursor(cursor)
    if after is None:
        return None
    if not isinstance(after.key, datetime):
        raise MalformedCursorError
    return after.key, after.id


def before_number(cursor: str | None) -> int | None:
    """A place among the messages of a conversation."""
    after = read_cursor(cursor)
    if after is None:
        return None
    if not isinstance(after.key, int):
        raise MalformedCursorError
    return after.key


async def open_once(
    request: Request, caller: Caller, here: Surroundings, *, moment_id: str, title: str | None
) -> Response:
    """Open a conversation, once for each Idempotency-Key."""

    async def opened(work: MessagingWork) -> Answer:
        conversation = await open_conversation(OpenConversation(moment_id, title), work)
        body = Opened(id=conversation.id, opened_at=conversation.opened_at.isoformat())
        return Answer(201, body.model_dump(), about=conversation.moment)

    return await _once(request, caller, here, opened)


async def send_once(
    request: Request,
    caller: Caller,
    here: Surroundings,
    *,
    conversation_id: str,
    text: str,
    notify: Notify,
    name: str = "",
) -> Response:
    """Send a message, once for each Idempotency-Key."""

    async def sent(work: MessagingWork) -> Answer:
        message = await write_message(WriteMessage(conversation_id, text, notify, name), work)
        body = Sent(
            id=message.id,
            conversation_id=message.conversation,
            number=message.number,
            sent_at=message.sent_at.isoformat(),
        )
        return Answer(201, body.model_dump(), about=message.moment)

    return await _once(request, caller, here, sent)


async def _once(
    request: Request,
    caller: Caller,
    here: Surroundings,
    use_case: Callable[[MessagingWork], Awaitable[Answer]],
) -> Response:
    async def commit(once: Once) -> Answer:
        async def in_one_write(work: MessagingWork) -> Answer:
            answer = await use_case(work)
            work.insert(COLLECTION, once.document(answer))
            return answer

        answer: Answer = await here.units.run(caller, in_one_write)
        return answer

    room = here.room
    idempotency = Idempotency(room.database[COLLECTION], room.clock, room.pseudonyms)
    return await idempotency.idempotently(request, caller, commit)
