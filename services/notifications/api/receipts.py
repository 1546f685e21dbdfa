"""Delivery receipts of SMS, and bounces of mail. The reference in the address is the only proof of who calls."""

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
from services.notifications.store.claims import Sendings
from services.notifications.usecases.bounces import verdict_of
from services.notifications.usecases.take_receipt import TakeReceipt, take_receipt

router = Router(tags=["receipts"], dependencies=[Public()])

_MOST_BYTES = 4096
_LARGEST_REPORT = 256 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STATUSES = frozenset({"created", "sent", "delivered", "failed"})

Reference = Annotated[str, Query(pattern=r"^[a-z]{2,32}\.[0-9a-f]{40}$")]

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
    await _take(reference, provider_id, status, units, here)
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
    tenant, _, rest = reference.partition(".")
    # Only who knows a reference has a mail read: anybody may call.
    known = await Sendings(here.room.database).get(f"{tenant}|{rest}")
    verdict = None if known is None else verdict_of(body)
    if verdict is not None and tenant in here.room.tenants.slugs:
        identity = message_id(here.room.tenants.by_slug(tenant).mail_from, reference)
        await _take(reference, identity, verdict, units, here)
    return Response(status_code=204)


async def _take(reference: str, provider_id: str, status: str, units: Units[Any], here: Surroundings) -> None:
    tenant, _, rest = reference.partition(".")
    if tenant in here.room.tenants.slugs:
        command = TakeReceipt(f"{tenant}|{rest}", provider_id, status)
        await units.run_as(tenant, here.room.system, lambda work: take_receipt(command, work))
