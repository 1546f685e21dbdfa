"""The port to a provider: hand over one message under a reference, and ask what became of a reference.

An adapter never guesses: what it does not know it calls Unknown, and only what surely was not taken is Postponed.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.notifications.domain.sending import Result, Trace
from services.notifications.domain.wording import Wording


@dataclass(frozen=True, slots=True)
class Origin:
    """What an inbox entry says of itself beside heading and text (R199); the sender is the unit's HSA-id."""

    unit_name: str | None
    purpose: str
    answers: str
    turn_to: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes to a provider."""

    to: str = field(repr=False)
    sender: str
    wording: Wording
    at: datetime
    origin: Origin | None = None
    # What it is called where its receipts are taken; whoever knows it may tell what became of it.
    receipts: str = field(default="", repr=False)


class Provider(Protocol):
    """SMS, e-mail, or the inbox of 1177."""

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        """Hand it over. Ends within the provider's seconds, whatever happens."""
        ...

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        """What tells `find` what to look for and where, for each account that may have taken the message."""
        ...

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        """What the provider shows of a message handed over at or after `since`."""
        ...
