"""Contact choices: on which channels a resident wants to be told, and where.

Only the resident changes them (R194). A channel that is on has somewhere to go, always.
"""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.errors import InvalidError


class InvalidNumberError(InvalidError):
    def __init__(self) -> None:
        super().__init__("The number cannot take SMS: give a mobile number, for example +46701740605.")


class InvalidAddressError(InvalidError):
    def __init__(self) -> None:
        super().__init__("The e-mail address is not one: give it as name@example.se.")


class ChannelWithoutAddressError(InvalidError):
    def __init__(self, channel: str) -> None:
        super().__init__(
            f"The channel {channel} cannot be on without a number or address: give one, or switch it off.",
            channel=channel,
        )


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """A switch, and where to; what is switched off may keep its number or address."""

    on: bool = False
    to: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ChoicesMade:
    """The resident has said which channels are on."""

    resident_id: str
    sms: bool
    email: bool
    at: datetime


@dataclass(slots=True)
class ContactChoices:
    """One resident's choices; everything is off until the resident says otherwise (R183)."""

    id: str
    sms: ChannelChoice = ChannelChoice()
    email: ChannelChoice = ChannelChoice()
    version: int = 0
    position: int = 0
    events: list[ChoicesMade] = field(default_factory=list)

    def choose(self, *, sms: ChannelChoice, email: ChannelChoice, at: datetime) -> None:
        """Take the resident's choice, SMS, e-mail or both, as often as they like (R193)."""
        for name, choice in (("sms", sms), ("email", email)):
            if choice.on and not choice.to:
                raise ChannelWithoutAddressError(name)
        self.sms, self.email = sms, email
        self.events.append(ChoicesMade(self.id, sms.on, email.on, at))
