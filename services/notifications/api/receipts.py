"""Delivery receipts of SMS, and bounces of mail. The name in the address is the only proof of who calls."""

import re
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Query, Request, Response

from chassis.http.permissions import Public
from chassis.http.problems import HttpError
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.service import Here, Surroundings, UnitsOf
from chassis.units import Units
from services.notifications.providers.smtp import message_id
from services.notifications.store import receipts
from services.notifications.store.claims import Sendings
from services.notifications.usecases.bounces import verdict_of
from services.notifications.usecases.take_receipt import TakeReceipt, take_receipt

router = Router(tags=["receipts"], dependencies=[Public()])

_MOST_BYTES = 4096
_LARGEST_REPORT = 256 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STATUSES = frozenset({"created", "sent", "delivered", "failed"})

Reference = Annotated[str, Query(pattern=receipts.PATTERN)]

_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string", "pattern": f"^{_ID.pattern}$"},
        "status": {"enum": sorted(_STATUSES)},
    },
}


def _takes(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


class MalformedReceiptError(HttpError):
    status = 400

    def __init__(self) -> None:
        super().__init__("A receipt is a form with id and status, or a mail server's report.")


@router.post(
    "/receipts/sms",
    status_code=204,
    summary="Take a delivery receipt",
    openapi_extra=_takes("application/x-www-form-urlencoded", _FORM),
)
@refuses(MalformedReceiptError)
async def take(
    request: Request,
    reference: Reference,
    units: UnitsOf,
    here: Here,
) -> Response:
    """Answers alike whether the reference is known or not."""
    body = await request.body()
    try:
        form = dict(parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=20))
    except ValueError:
        raise MalformedReceiptError from None
    provider_id, status = form.get("id", ""), form.get("status", "")
    if len(body) > _MOST_BYTES or _ID.fullmatch(provider_id) is None or status not in _STATUSES:
        raise MalformedReceiptError
    identity = _named(reference, "sms", here)
    if identity is not None:
        await _take(TakeReceipt(identity, provider_id, status), units, here)
    return Response(status_code=204)


@router.post(
    "/receipts/email",
    status_code=204,
    summary="Take a bounce",
    openapi_extra=_takes("message/rfc822", {"type": "string", "minLength": 1}),
)
@refuses(MalformedReceiptError)
async def take_bounce(request: Request, reference: Reference, units: UnitsOf, here: Here) -> Response:
    """The mail that came to a sending's bounce address, as it came. What is no verdict changes nothing."""
    body = await request.body()
    if not body or len(body) > _LARGEST_REPORT:
        raise MalformedReceiptError
    # Only who knows a name has a mail read: anybody may call.
    identity = _named(reference, "email", here)
    sending = None if identity is None else await Sendings(here.room.database).get(identity)
    verdict = None if sending is None else verdict_of(body)
    if sending is not None and verdict is not None:
        # What a mail was called when it went, whatever it would be called today.
        region = here.room.tenants.by_slug(sending.tenant)
        sender = region.mail_from if sending.tried is None else sending.tried.sender
        called = sending.provider_id or message_id(sender, sending.reference)
        await _take(TakeReceipt(sending.id, called, verdict), units, here)
    return Response(status_code=204)


def _named(reference: str, channel: str, here: Surroundings) -> str | None:
    if reference.partition(".")[0] not in here.room.tenants.slugs:
        return None
    return receipts.sending_of(here.room.pseudonyms, reference, channel)


async def _take(command: TakeReceipt, units: Units[Any], here: Surroundings) -> None:
    tenant = command.sending.partition("|")[0]
    await units.run_as(tenant, here.room.system, lambda work: take_receipt(command, work))
