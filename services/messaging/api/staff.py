"""What staff do with the messages of their unit's moments (R157 to R177)."""

from typing import Annotated

from fastapi import Request, Response

from chassis.http.etags import RequiredVersion, etag
from chassis.http.idempotency import RequiredKey
from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.service import Here, UnitsOf
from contracts.access import Permission
from services.messaging.api import answers
from services.messaging.api.reasons import NAMING, OPENING, READING, REMOVING, SENDING
from services.messaging.api.requests import OnlyThese, after_time, before_number, open_once, send_once
from services.messaging.api.schemas import (
    ConversationItem,
    ConversationList,
    MessageList,
    NewConversation,
    NewMessageOfStaff,
    NewTitle,
    Opened,
    Sent,
)
from services.messaging.domain.people import Notify, Side
from services.messaging.usecases.list_conversations import ListConversations, list_conversations
from services.messaging.usecases.read_messages import ReadMessages, read_messages
from services.messaging.usecases.remove_conversation import RemoveConversation, remove_conversation
from services.messaging.usecases.rename_conversation import RenameConversation, rename_conversation

router = Router(tags=["messages, staff"])

Reader = Annotated[Staff, Needs(Permission.SEE_MESSAGES)]
Writer = Annotated[Staff, Needs(Permission.WRITE_MESSAGES)]


@router.get("/moments/{moment_id}/conversations", summary="The conversations of a moment")
@refuses(*READING)
async def conversations(
    *,
    moment_id: str,
    caller: Reader,
    units: UnitsOf,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    only: OnlyThese = None,
) -> ConversationList:
    query = ListConversations(moment_id, after_time(cursor), limit, only)
    page = await units.run(caller, lambda work: list_conversations(query, work))
    return answers.conversation_list(page, Side.STAFF)


@router.post(
    "/moments/{moment_id}/conversations",
    status_code=201,
    response_model=Opened,
    summary="Open a conversation",
)
@refuses(*OPENING)
async def open_one(
    *, moment_id: str, body: NewConversation, caller: Writer, here: Here, request: Request, key: RequiredKey
) -> Response:
    return await open_once(request, caller, here, moment_id=moment_id, title=body.title)


@router.get(
    "/conversations/{conversation_id}/messages", summary="Read a conversation; marks it as read by staff"
)
@refuses(*READING)
async def messages(
    *,
    conversation_id: str,
    caller: Reader,
    units: UnitsOf,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> MessageList:
    query = ReadMessages(conversation_id, before_number(cursor), limit)
    page = await units.run(caller, lambda work: read_messages(query, work))
    response.headers["ETag"] = etag(page.conversation.version)
    return answers.message_list(page, Side.STAFF)


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=201,
    response_model=Sent,
    summary="Send a message",
)
@refuses(*SENDING)
async def send(
    *,
    conversation_id: str,
    body: NewMessageOfStaff,
    caller: Writer,
    here: Here,
    request: Request,
    key: RequiredKey,
) -> Response:
    return await send_once(
        request,
        caller,
        here,
        conversation_id=conversation_id,
        text=body.text,
        notify=Notify(body.notify),
        name=caller.name,
    )


@router.put("/conversations/{conversation_id}/title", summary="Name a conversation")
@refuses(*NAMING)
async def rename(
    *,
    conversation_id: str,
    body: NewTitle,
    caller: Writer,
    units: UnitsOf,
    version: RequiredVersion,
    response: Response,
) -> ConversationItem:
    command = RenameConversation(conversation_id, body.title, version)
    conversation = await units.run(caller, lambda work: rename_conversation(command, work))
    response.headers["ETag"] = etag(conversation.version)
    return answers.conversation_item(conversation, Side.STAFF)


@router.delete(
    "/conversations/{conversation_id}", status_code=204, summary="Remove a conversation without messages"
)
@refuses(*REMOVING)
async def remove(*, conversation_id: str, caller: Writer, units: UnitsOf) -> None:
    await units.run(caller, lambda work: remove_conversation(RemoveConversation(conversation_id), work))
