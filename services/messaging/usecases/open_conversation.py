"""Starting a conversation in a moment (R155, R157)."""

import secrets
from dataclasses import dataclass, field

from services.messaging.cleaning import cleaned_signs
from services.messaging.domain.conversation import Conversation
from services.messaging.domain.text import title_of
from services.messaging.store.work import MessagingWork
from services.messaging.usecases.reach import reach_moment


@dataclass(frozen=True, slots=True)
class OpenConversation:
    moment_id: str
    title: str | None = field(default=None, repr=False)


async def open_conversation(command: OpenConversation, work: MessagingWork) -> Conversation:
    """A new conversation, named by the default when it is given no title (R158, R160)."""
    reached = await reach_moment(command.moment_id, work)
    title = title_of(cleaned_signs(command.title or ""))
    conversation = Conversation.open(
        reached.moment, id=f"con-{secrets.token_hex(13)}", title=title, by=reached.by, at=work.now
    )
    await work.moments.save(reached.moment)
    await work.conversations.save(conversation)
    work.audit("conversation.opened", resident=reached.moment.resident, moment=reached.moment.id)
    return conversation
