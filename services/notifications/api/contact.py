"""What residents choose, and what staff may see of it."""

from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from chassis.http.etags import RequiredVersion, etag
from chassis.http.identity import Resident, Staff
from chassis.http.permissions import Needs, NeedsResident
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from services.notifications.domain.contact import ContactChoices
from services.notifications.store.contacts import switches
from services.notifications.usecases.make_contact_choices import (
    MakeContactChoices,
    make_contact_choices,
    see_contact_choices,
)
from services.notifications.work import NotificationsWork

router = Router(tags=["contact choices"])


class SmsChoice(Schema):
    """SMS on or off, and the mobile number; answered as E.164."""

    on: bool
    number: Annotated[str, Field(min_length=1, max_length=32)] | None = None


class EmailChoice(Schema):
    """E-mail on or off, and the address."""

    on: bool
    address: Annotated[str, Field(min_length=1, max_length=254)] | None = None


class Choices(Schema):
    sms: SmsChoice
    email: EmailChoice


class Channels(Schema):
    """Which channels a resident has switched on."""

    sms: bool
    email: bool


def _shown(choices: ContactChoices, response: Response) -> Choices:
    response.headers["ETag"] = etag(choices.version)
    return Choices(
        sms=SmsChoice(on=choices.sms.on, number=choices.sms.to),
        email=EmailChoice(on=choices.email.on, address=choices.email.to),
    )


@router.get("/me/contact", summary="See one's own contact choices")
async def see_own_choices(
    caller: Annotated[Resident, NeedsResident()], units: UnitsOf, response: Response
) -> Choices:
    found = await units.run(caller, lambda work: see_contact_choices(caller.resident_id, work))
    return _shown(found, response)


@router.put("/me/contact", summary="Choose on which channels to be told, and where")
async def choose(
    caller: Annotated[Resident, NeedsResident()],
    version: RequiredVersion,
    body: Choices,
    units: UnitsOf,
    response: Response,
) -> Choices:
    """The ETag of a resident who has chosen nothing yet is `"0"`."""
    command = MakeContactChoices(
        resident=caller.resident_id,
        version=version,
        sms_on=body.sms.on,
        number=body.sms.number,
        email_on=body.email.on,
        address=body.email.address,
    )
    made = await units.run(caller, lambda work: make_contact_choices(command, work))
    return _shown(made, response)


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
