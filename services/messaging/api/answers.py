"""From what messaging knows to what an answer says; the one place that picks words from the text catalogue."""

from collections.abc import Container
from functools import cache
from pathlib import Path

from chassis.http.paging import cursor_after
from chassis.http.texts import Texts
from services.messaging.api.schemas import (
    Composer,
    ConversationItem,
    ConversationList,
    FilterCounts,
    Hint,
    HintCode,
    ListedConversation,
    MessageItem,
    MessageList,
)
from services.messaging.domain.conversation import Conversation
from services.messaging.domain.message import Message
from services.messaging.domain.people import Side
from services.messaging.domain.text import MOST_CHARACTERS, MOST_IN_TITLE
from services.messaging.usecases.list_conversations import ConversationsPage
from services.messaging.usecases.read_messages import ConversationPage

_FILE = Path(__file__).parent.parent / "texts" / "sv.yaml"


def conversation_list(page: ConversationsPage, side: Side) -> ConversationList:
    last = page.conversations[-1] if page.has_more else None
    return ConversationList(
        items=[listed_conversation(each, side, page.drafted) for each in page.conversations],
        next=None if last is None else cursor_after(last.last_at, last.id),
        unread=page.unread.messages,
        counts=FilterCounts(unread=page.unread.conversations, draft=len(page.drafted)),
        empty=_texts().of("no-messages-here") if page.is_empty else None,
        composer=_composer(page, side),
    )


def message_list(page: ConversationPage, side: Side) -> MessageList:
    return MessageList(
        items=[_message_item(message, side) for message in page.messages],
        next=cursor_after(page.messages[-1].number, page.messages[-1].id) if page.has_more else None,
        conversation=conversation_item(page.conversation, side),
    )


def conversation_item(conversation: Conversation, side: Side) -> ConversationItem:
    return ConversationItem(
        id=conversation.id,
        moment_id=conversation.moment,
        title=title_of(conversation),
        title_is_default=conversation.title is None,
        opened_by=conversation.creator.side.value,
        opened_at=conversation.opened_at,
        last_at=conversation.last_at,
        last_sender=None if conversation.last_sender is None else conversation.last_sender.value,
        messages=conversation.count,
        unread=conversation.unread[side],
        may_remove=conversation.count == 0,
        version=conversation.version,
    )


def listed_conversation(
    conversation: Conversation, side: Side, drafted: Container[str]
) -> ListedConversation:
    return ListedConversation(
        **conversation_item(conversation, side).model_dump(),
        has_draft=conversation.id in drafted,
        empty=None if conversation.count else _texts().of("no-messages"),
    )


def title_of(conversation: Conversation) -> str:
    """The title that people see."""
    return conversation.title or default_title()


def default_title() -> str:
    return _texts().of("default-title")


def _message_item(message: Message, side: Side) -> MessageItem:
    by_staff, for_staff = message.author.side is Side.STAFF, side is Side.STAFF
    return MessageItem(
        id=message.id,
        number=message.number,
        sender=message.author.side.value,
        # The resident is named by the page itself, and has no use for the catalogue number of staff.
        author=message.author.id if by_staff and for_staff else None,
        author_name=message.author.name or None,
        text=message.text.markup,
        notify=message.notify.value if by_staff and for_staff else None,
        sent_at=message.sent_at,
        read_at=message.read_at,
    )


def _composer(page: ConversationsPage, side: Side) -> Composer:
    ended, maintained = page.moment.ended_at is not None, page.moment.readable_until is not None
    codes: list[HintCode] = []
    if ended or maintained:
        codes.append("moment-ended" if ended else "moment-maintained")
    elif side is Side.RESIDENT:
        codes.append("not-urgent")
    elif not page.reachable:
        codes.append("no-channel")
    return Composer(
        can_write=not (ended or maintained),
        notify_default="direct" if side is Side.STAFF else None,
        longest=MOST_CHARACTERS,
        longest_title=MOST_IN_TITLE,
        hints=[Hint(code=code, text=_texts().of(code)) for code in codes],
    )


@cache
def _texts() -> Texts:
    return Texts.load(_FILE)
