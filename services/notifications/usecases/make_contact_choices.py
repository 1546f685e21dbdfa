"""A resident says on which channels to be told, and where (R183, R193); what is new gets a code to be confirmed by."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from chassis.errors import StaleError
from services.notifications.domain.contact import ContactChoices, Wish
from services.notifications.store import codes
from services.notifications.usecases.addresses import address_of, number_of
from services.notifications.work import NotificationsWork

_DIGITS = 6
Channel = Literal["sms", "email"]


class Keep:
    """Instead of a number or address: whichever is there stays."""


Typed = str | None | Keep


@dataclass(frozen=True, slots=True)
class MakeContactChoices:
    """What the resident typed; `version` is that of the choices they had read, 0 for none."""

    resident: str
    version: int
    sms_on: bool
    number: Typed = field(repr=False)
    email_on: bool
    address: Typed = field(repr=False)


class ChoicesMadeMeanwhileError(StaleError):
    def __init__(self) -> None:
        super().__init__("The choices were changed meanwhile: read them again.")


def draw_code() -> str:
    """Six digits that nobody can foresee."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"


async def see_contact_choices(resident: str, work: NotificationsWork) -> ContactChoices:
    """The resident's own choices; all off if none were made."""
    work.audit("contact.seen", resident=resident)
    return await work.contacts.find(resident) or ContactChoices(resident)


async def make_contact_choices(command: MakeContactChoices, work: NotificationsWork) -> ContactChoices:
    """Replace the choices. Raises ChoicesMadeMeanwhileError when the version read is not the latest."""
    choices = await _choices(command.resident, command.version, work)
    unconfirmed = choices.choose(
        sms=Wish(command.sms_on, _wanted(command.number, choices.sms.given, number_of)),
        email=Wish(command.email_on, _wanted(command.address, choices.email.given, address_of)),
        at=work.now,
        draw=draw_code,
    )
    if choices.version == 0:
        # The key of a resident who was purged seconds ago may still be remembered here, and opens nothing any more.
        await work.room.keyring.ensure(work.tenant, command.resident, fresh=True)
    for channel in unconfirmed:
        await codes.send(work, choices, channel)
    await work.contacts.save(choices)
    work.audit("contact.changed", resident=command.resident)
    return choices


def _wanted(typed: Typed, given: str | None, read: Callable[[str], str]) -> str | None:
    return given if isinstance(typed, Keep) else None if typed is None else read(typed)


@dataclass(frozen=True, slots=True)
class Renewed:
    """Until when the new code may be given, and the version of the choices to give it with."""

    until: datetime
    version: int


async def renew_code(resident: str, channel: Channel, work: NotificationsWork) -> Renewed:
    """Send another code to what waits. Raises NothingToConfirmError and TooManyCodesError."""
    choices = await work.contacts.find(resident) or ContactChoices(resident)
    waiting = choices.renew_code(channel, work.now, draw_code)
    await codes.send(work, choices, channel)
    await work.contacts.save(choices)
    work.audit("contact.code_asked", resident=resident)
    # The version as it will be when this is committed.
    return Renewed(waiting.until, choices.version + 1)


@dataclass(frozen=True, slots=True)
class ConfirmContact:
    """The code that a resident read in an SMS or a mail."""

    resident: str
    version: int
    channel: Channel
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """The choices after a try; `left` is how many more there are, None when the code was right."""

    choices: ContactChoices
    left: int | None


async def confirm_contact(command: ConfirmContact, work: NotificationsWork) -> Tried:
    """Take a code into use. A wrong one is an answer and no error, because that it was wrong must be committed.

    Raises ChoicesMadeMeanwhileError, NothingToConfirmError, CodeExpiredError and CodeUsedUpError.
    """
    choices = await _choices(command.resident, command.version, work)
    left = choices.confirm(command.channel, command.code, work.now)
    await work.contacts.save(choices)
    work.audit("contact.confirmed" if left is None else "contact.wrong_code", resident=command.resident)
    return Tried(choices, left)


async def _choices(resident: str, version: int, work: NotificationsWork) -> ContactChoices:
    choices = await work.contacts.find(resident) or ContactChoices(resident)
    if choices.version != version:
        raise ChoicesMadeMeanwhileError
    return choices
