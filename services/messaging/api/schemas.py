"""What the endpoints take and give. Texts that people wrote are answered, never remembered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.http.paging import DEFAULT_LIMIT, Page
from chassis.http.schema import Schema

SideName = Literal["staff", "resident"]
# The longest body is the edge's to refuse; these only keep a title from being a text.
_TitleText = Annotated[
    str | None, Field(max_length=2000, description="At most 100 characters; blank is the default.")
]


class NewConversation(Schema):
    title: _TitleText = None


class NewTitle(Schema):
    title: _TitleText


class NewMessageOfStaff(Schema):
    text: Annotated[str, Field(description="HTML of which bold, italic and line breaks are kept (R162).")]
    notify: Annotated[
        Literal["none", "direct", "batched"],
        Field(description="`none` is the box not ticked (R168 to R170)."),
    ] = "direct"


class NewMessageOfResident(Schema):
    text: Annotated[str, Field(description="HTML of which bold, italic and line breaks are kept (R162).")]


class NewDraft(Schema):
    text: Annotated[str, Field(description="As for a message (R162, D46).")]


class DraftItem(Schema):
    """What its author has not yet sent."""

    conversation_id: str
    text: str
    saved_at: datetime
    version: int


class Opened(Schema):
    """The answer to a new conversation: no text, because it is remembered for a repeat."""

    id: str
    opened_at: str


class Sent(Schema):
    """The answer to a new message: no text, because it is remembered for a repeat."""

    id: str
    conversation_id: str
    number: int
    sent_at: str


class ConversationItem(Schema):
    id: str
    moment_id: str
    title: str
    title_is_default: bool
    opened_by: SideName
    opened_at: datetime
    last_at: datetime
    last_sender: SideName | None
    messages: int
    unread: Annotated[int, Field(description="What the caller's side has not read.")]
    may_remove: Annotated[bool, Field(description="Until its first message (R160).")]
    version: int


class MessageItem(Schema):
    id: str
    number: int
    sender: SideName
    author: Annotated[str | None, Field(description="The HSA-id of who wrote; staff only.")]
    author_name: str | None
    text: str
    notify: Annotated[
        Literal["none", "direct", "batched"] | None, Field(description="What the sender chose; staff only.")
    ]
    sent_at: datetime
    read_at: Annotated[datetime | None, Field(description="When the other side first opened it (R177).")]


HintCode = Literal["no-channel", "moment-ended", "moment-maintained", "not-urgent"]


class Hint(Schema):
    """What the composer says beside the field."""

    code: HintCode
    text: str


class Composer(Schema):
    can_write: bool
    notify_default: Literal["direct"] | None
    longest: int
    longest_title: int
    hints: Sequence[Hint]


class ListedConversation(ConversationItem):
    has_draft: Annotated[bool, Field(description="Of the caller's own (R163).")]
    empty: Annotated[str | None, Field(description="What it says while nobody has written in it (R167).")]


class FilterCounts(Schema):
    """How many conversations of the whole moment each filter would show (R164)."""

    unread: int
    draft: int


class ConversationList(Page[ListedConversation]):
    unread: Annotated[int, Field(description="Messages of the whole moment, for the caller's side (R165).")]
    counts: FilterCounts
    empty: Annotated[str | None, Field(description="What an empty list says (R167).")]
    composer: Composer


class MessageList(Page[MessageItem]):
    conversation: ConversationItem


class Search(Schema):
    """In the body, because what people search for may be about their health."""

    text: Annotated[str, Field(description="2 to 100 characters; every word must occur, in capitals or not.")]
    limit: Annotated[int, Field(ge=1, le=200)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=1000, description="`next` of the page before.")] = None


class MessageHit(Schema):
    id: str
    conversation_id: str
    title: str
    number: int
    sender: SideName
    author_name: str | None
    sent_at: datetime
    excerpt: Annotated[str, Field(description="Plain text around the first word found.")]


class MessageHits(Page[MessageHit]):
    """Newest first. A page is bounded by what it looks through: it may be empty and have a next one."""


class ConversationHits(Page[ListedConversation]):
    """In the order of the list. A page is bounded by what it looks through: it may be empty and have a next one."""


class UnreadItem(Schema):
    moment_id: str
    messages: int
    conversations: int
    latest_at: datetime
    ended: Annotated[bool, Field(description="It can be read and not answered.")]


class UnreadList(Page[UnreadItem]):
    """The counts are of all pages."""

    moments: int
    messages: int
