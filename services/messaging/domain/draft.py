"""A message not yet sent: one for each author and conversation, and nobody but its author ever sees it (R163, D48)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.errors import InvalidError, NotFoundError
from services.messaging.domain import characters
from services.messaging.domain.conversation import Conversation
from services.messaging.domain.moment import Moment
from services.messaging.domain.text import MessageText, visible_text


class EmptyDraftError(InvalidError):
    def __init__(self) -> None:
        super().__init__("The draft shows nothing: delete it, or write at least one visible character.")


class NoDraftError(NotFoundError):
    def __init__(self, conversation: str) -> None:
        super().__init__(f"The caller has no draft in {conversation}.", conversation=conversation)


def draft_text(markup: str) -> MessageText:
    """What could be sent as it stands, from cleaned markup. Raises EmptyDraftError or MessageTooLongError."""
    if characters.is_blank(visible_text(markup)):
        raise EmptyDraftError
    return MessageText.of(markup)


@dataclass(slots=True)
class Draft:
    """`author` is who writes it: an HSA-id or a resident id.

    `edition` is another at each saving, also of a draft begun anew after one was sent or thrown away: what was seen
    of an earlier one never passes for the present.
    """

    id: str
    conversation: str
    moment: str
    author: str
    text: MessageText
    saved_at: datetime
    edition: int
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    @staticmethod
    def id_of(conversation: str, author: str) -> str:
        """One for each author and conversation."""
        return f"{conversation}|{author}"

    @classmethod
    def begin(
        cls,
        moment: Moment,
        conversation: Conversation,
        *,
        author: str,
        text: MessageText,
        edition: int,
        at: datetime,
    ) -> "Draft":
        """The first time it is saved. Raises as a message would where nobody may write."""
        moment.must_take_messages()
        return cls(cls.id_of(conversation.id, author), conversation.id, moment.id, author, text, at, edition)

    def save(self, moment: Moment, text: MessageText, *, edition: int, at: datetime) -> None:
        """The text takes the place of the one before. Raises as a message would where nobody may write."""
        moment.must_take_messages()
        self.text = text
        self.edition = edition
        self.saved_at = at
