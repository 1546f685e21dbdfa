"""A message that has been sent: never changed and never withdrawn (D47); only its receipt is added."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.messaging.domain.people import Author, Notify
from services.messaging.domain.text import MessageText


@dataclass(slots=True)
class Message:
    """`number` counts from 1 within the conversation; `read_at` is when the other side first opened it (R177)."""

    id: str
    conversation: str
    moment: str
    number: int
    author: Author
    text: MessageText
    notify: Notify
    sent_at: datetime
    read_at: datetime | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)
