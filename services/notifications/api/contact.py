"""What residents choose and confirm, and what staff may see of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request, Response
from pydantic import Field

from chassis.errors import InvalidError
from chassis.http.etags import RequiredVersion, etag
from chassis.http.idempotency import COLLECTION, Answer, Idempotency, Once, RequiredKey
from chassis.http.identity import Resident, Staff
from chassis.http.permissions import Needs, NeedsResident
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import Here, UnitsOf
from contracts.access import Permission
from services.notifications.domain.contact import (
    ChannelChoice,
    ChannelWithoutAddressError,
    CodeExpiredError,
    CodeUsedUpError,
    ContactChoices,
    InvalidAddressError,
    InvalidNumberError,
    NothingToConfirmError,
    TooManyCodesError,
)
from services.notifications.store.contacts import switches
from services.notifications.usecases.make_contact_choices import (
    Channel,
    ChoicesMadeMeanwhileError,
    ConfirmContact,
    Keep,
    MakeContactChoices,
    Tried,
    confirm_contact,
    make_contact_choices,
    renew_code,
    see_contact_choices,
)
from services.notifications.work import NotificationsWork

router = Router(tags=["contact choices"])


class WrongCodeError(InvalidError):
    def __init__(self, tries_left: int, version: int) -> None:
        super().__init__(
            "The code is wrong: give the one that was sent last, with the ETag in fields.",
            tries_left=tries_left,
            etag=etag(version),
        )


class SmsWish(Schema):
    """SMS on or off, and the mobile number: left out it stays, null takes it away."""

    on: bool
    number: Annotated[str, Field(min_length=1, max_length=32)] | None = None


class EmailWish(Schema):
    """E-mail on or off, and the address: left out it stays, null takes it away."""

    on: bool
    address: Annotated[str, Field(min_length=1, max_length=254)] | None = None


class Wishes(Schema):
    sms: SmsWish
    email: EmailWish


class SmsChoice(Schema):
    """`number` is what was given last, as E.164.

    `confirmed` is the number in use; `waiting` the one whose code has yet to be given, by `code_until`.
    """

    on: bool
    number: str | None
    confirmed: str | None
    waiting: str | None
    code_until: datetime | None


class EmailChoice(Schema):
    """As SmsChoice, with an address."""

    on: bool
    address: str | None
    confirmed: str | None
    waiting: str | None
    code_until: datetime | None


class Choices(Schema):
    sms: SmsChoice
    email: EmailChoice


class Code(Schema):
    """The code of a channel, as it was sent to the number or address that waits."""

    channel: Channel
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class NewCode(Schema):
    """The channel on which something waits."""

    channel: Channel


class CodeSent(Schema):
    """A code is on its way and may be given until then."""

    channel: Channel
    code_until: datetime


class Channels(Schema):
    """Which channels are on with a confirmed number or address: on these a resident is told."""

    sms: bool
    email: bool


def _shown(choices: ContactChoices, response: Response) -> Choices:
    response.headers["ETag"] = etag(choices.version)
    sms, email = choices.sms, choices.email
    return Choices(
        sms=SmsChoice(number=sms.given, **_common(sms)),
        email=EmailChoice(address=email.given, **_common(email)),
    )


def _common(choice: ChannelChoice) -> dict[str, Any]:
    waiting = choice.waiting
    return {
        "on": choice.on,
        "confirmed": choice.to,
        "waiting": waiting.to if waiting else None,
        "code_until": waiting.until if waiting else None,
    }


@router.get("/me/contact", summary="See one's own contact choices")
async def see_own_choices(
    caller: Annotated[Resident, NeedsResident()], units: UnitsOf, response: Response
) -> Choices:
    found = await units.run(caller, lambda work: see_contact_choices(caller.resident_id, work))
    return _shown(found, response)


@router.put("/me/contact", summary="Choose on which channels to be told, and where")
@refuses(
    ChannelWithoutAddressError,
    ChoicesMadeMeanwhileError,
    InvalidAddressError,
    InvalidNumberError,
    TooManyCodesError,
)
async def choose(
    caller: Annotated[Resident, NeedsResident()],
    version: RequiredVersion,
    body: Wishes,
    units: UnitsOf,
    response: Response,
) -> Choices:
    """A number or address that is not confirmed waits, and a code goes to it; the one confirmed before stays in use.

    The ETag of a resident who has chosen nothing yet is `"0"`.
    """
    command = MakeContactChoices(
        resident=caller.resident_id,
        version=version,
        sms_on=body.sms.on,
        number=body.sms.number if "number" in body.sms.model_fields_set else Keep(),
        email_on=body.email.on,
        address=body.email.address if "address" in body.email.model_fields_set else Keep(),
    )
    made = await units.run(caller, lambda work: make_contact_choices(command, work))
    return _shown(made, response)


@router.post("/me/contact/confirm", summary="Confirm a number or address by the code sent to it")
@refuses(ChoicesMadeMeanwhileError, CodeExpiredError, CodeUsedUpError, NothingToConfirmError, WrongCodeError)
async def confirm(
    caller: Annotated[Resident, NeedsResident()],
    version: RequiredVersion,
    body: Code,
    units: UnitsOf,
    response: Response,
) -> Choices:
    """A code may be tried five times within a quarter of an hour; each wrong try makes a new ETag."""
    command = ConfirmContact(caller.resident_id, version, body.channel, body.code)
    tried: Tried = await units.run(caller, lambda work: confirm_contact(command, work))
    if tried.left is not None:
        raise WrongCodeError(tried.left, tried.choices.version)
    return _shown(tried.choices, response)


@router.post(
    "/me/contact/codes",
    status_code=202,
    response_model=CodeSent,
    summary="Ask for a new code to what waits",
)
@refuses(NothingToConfirmError, TooManyCodesError)
async def ask_for_code(
    request: Request,
    caller: Annotated[Resident, NeedsResident()],
    key: RequiredKey,
    body: NewCode,
    here: Here,
) -> Response:
    """The code before is worth nothing from now on. At most five codes are sent within an hour."""

    async def commit(once: Once) -> Answer:
        async def ask(work: NotificationsWork) -> Answer:
            renewed = await renew_code(caller.resident_id, body.channel, work)
            sent = CodeSent(channel=body.channel, code_until=renewed.until)
            answer = Answer(202, sent.model_dump(mode="json"), {"ETag": etag(renewed.version)})
            work.insert(COLLECTION, once.document(answer))
            return answer

        answer: Answer = await here.units.run(caller, ask)
        return answer

    room = here.room
    once = Idempotency(room.database[COLLECTION], room.clock, room.pseudonyms)
    return await once.idempotently(request, caller, commit)


@router.get("/residents/{resident_id}/channels", summary="See which channels a resident has on")
async def see_channels(
    caller: Annotated[Staff, Needs(Permission.SEE_NOTIFICATIONS)],
    resident_id: Annotated[str, Path(pattern=r"^res-[0-9a-f]{32}$")],
    units: UnitsOf,
) -> Channels:
    """Switches only: numbers and addresses are the resident's own (R194)."""

    async def see(work: NotificationsWork) -> Channels:
        work.audit("contact.channels_seen", resident=resident_id)
        found = await switches(work.room.database, work.tenant, resident_id)
        return Channels(sms=found["sms"], email=found["email"])

    shown: Channels = await units.run(caller, see)
    return shown
