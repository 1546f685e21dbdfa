"""Contact choices: on which channels a resident wants to be told, and where.

Only the resident changes them (R194). A channel that is on has somewhere to go, always; nothing but a code goes to a
number or address that has not been confirmed by its code, and the one confirmed before stays in use until then.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chassis.errors import ConflictError, InvalidError

CODE_LIVES = timedelta(minutes=15)
MOST_WRONG = 5
MOST_CODES = 5
_WITHIN = timedelta(hours=1)
CHANNELS = ("sms", "email")


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


class NothingToConfirmError(ConflictError):
    def __init__(self, channel: str) -> None:
        super().__init__(f"No number or address waits for a code on {channel}: give one.", channel=channel)


class CodeExpiredError(ConflictError):
    def __init__(self, channel: str) -> None:
        super().__init__(f"The code sent for {channel} is too old: ask for a new one.", channel=channel)


class CodeUsedUpError(ConflictError):
    def __init__(self, channel: str) -> None:
        super().__init__(
            f"The code sent for {channel} was given wrong too often: ask for a new one.", channel=channel
        )


class TooManyCodesError(ConflictError):
    def __init__(self, again_at: datetime) -> None:
        super().__init__(
            f"{MOST_CODES} codes were sent within an hour: ask again at {again_at.isoformat()}.",
            again_at=again_at.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number or address that has yet to be confirmed, and the code that was sent to it."""

    to: str = field(repr=False)
    code: str = field(repr=False)
    until: datetime
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """A switch, the confirmed number or address, and the one that waits; what is switched off may keep them."""

    on: bool = False
    to: str | None = field(default=None, repr=False)
    waiting: Waiting | None = None

    @property
    def active(self) -> bool:
        """Whether anything goes out on it."""
        return self.on and self.to is not None

    @property
    def given(self) -> str | None:
        """What the resident gave last."""
        return self.to if self.waiting is None else self.waiting.to


@dataclass(frozen=True, slots=True)
class Wish:
    """What the resident says of one channel."""

    on: bool
    to: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChoicesMade:
    """The resident has said which channels are on; one that was never confirmed is not."""

    resident_id: str
    sms: bool
    email: bool
    at: datetime


@dataclass(slots=True)
class ContactChoices:
    """One resident's choices; everything is off until the resident says otherwise (R183).

    `codes_at` is when codes were made within the last hour.
    """

    id: str
    sms: ChannelChoice = ChannelChoice()
    email: ChannelChoice = ChannelChoice()
    codes_at: tuple[datetime, ...] = ()
    version: int = 0
    position: int = 0
    events: list[ChoicesMade] = field(default_factory=list)

    def of(self, channel: str) -> ChannelChoice:
        return self.sms if channel == "sms" else self.email

    def choose(self, *, sms: Wish, email: Wish, at: datetime, draw: Callable[[], str]) -> list[str]:
        """Take the resident's choice, SMS, e-mail or both, as often as they like (R193).

        Returns the channels for which a code was drawn. Raises ChannelWithoutAddressError and TooManyCodesError,
        and then has changed nothing.
        """
        wishes = dict(zip(CHANNELS, (sms, email), strict=True))
        for channel, wish in wishes.items():
            if wish.on and wish.to is None:
                raise ChannelWithoutAddressError(channel)
        unknown = [
            channel
            for channel, wish in wishes.items()
            if wish.to is not None and wish.to not in self._known(channel)
        ]
        self._count_codes(len(unknown), at)
        for channel, wish in wishes.items():
            known = self.of(channel)
            if channel in unknown and wish.to is not None:
                self._put(
                    channel, ChannelChoice(wish.on, known.to, Waiting(wish.to, draw(), at + CODE_LIVES))
                )
            elif wish.to is None or wish.to == known.to:
                self._put(channel, ChannelChoice(wish.on, wish.to))
            else:
                self._put(channel, replace(known, on=wish.on))
        self._say(at)
        return unknown

    def renew_code(self, channel: str, at: datetime, draw: Callable[[], str]) -> Waiting:
        """Another code instead of the one before. Raises NothingToConfirmError and TooManyCodesError."""
        known = self.of(channel)
        if known.waiting is None:
            raise NothingToConfirmError(channel)
        self._count_codes(1, at)
        waiting = Waiting(known.waiting.to, draw(), at + CODE_LIVES)
        self._put(channel, replace(known, waiting=waiting))
        return waiting

    def confirm(self, channel: str, code: str, at: datetime) -> int | None:
        """Take a code: None when it was right, how many tries are left when it was wrong, which must be saved.

        Raises NothingToConfirmError, CodeExpiredError and CodeUsedUpError.
        """
        known = self.of(channel)
        waiting = known.waiting
        if waiting is None:
            raise NothingToConfirmError(channel)
        if at >= waiting.until:
            raise CodeExpiredError(channel)
        if waiting.wrong >= MOST_WRONG:
            raise CodeUsedUpError(channel)
        if not hmac.compare_digest(waiting.code.encode(), code.encode()):
            self._put(channel, replace(known, waiting=replace(waiting, wrong=waiting.wrong + 1)))
            return MOST_WRONG - waiting.wrong - 1
        self._put(channel, ChannelChoice(known.on, waiting.to))
        self._say(at)
        return None

    def waits_for(self, channel: str, to: str, code: str, at: datetime) -> bool:
        """Whether this code, sent there, would still confirm something."""
        waiting = self.of(channel).waiting
        return (
            waiting is not None
            and at < waiting.until
            and waiting.to == to
            and hmac.compare_digest(waiting.code.encode(), code.encode())
        )

    def _known(self, channel: str) -> tuple[str | None, str | None]:
        known = self.of(channel)
        return known.to, known.given

    def _count_codes(self, more: int, at: datetime) -> None:
        recent = tuple(made for made in self.codes_at if at - made < _WITHIN)
        if more and len(recent) + more > MOST_CODES:
            raise TooManyCodesError(recent[len(recent) + more - MOST_CODES - 1] + _WITHIN)
        self.codes_at = recent + (at,) * more

    def _put(self, channel: str, choice: ChannelChoice) -> None:
        if channel == "sms":
            self.sms = choice
        else:
            self.email = choice

    def _say(self, at: datetime) -> None:
        self.events.append(ChoicesMade(self.id, self.sms.active, self.email.active, at))
