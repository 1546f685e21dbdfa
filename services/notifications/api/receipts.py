"""Delivery receipts of the SMS provider. The reference in the address is the only proof of who calls."""

import re
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Query, Request, Response

from chassis.http.permissions import Public
from chassis.http.problems import HttpError
from chassis.http.routing import Router
from chassis.service import Here, UnitsOf
from services.notifications.usecases.take_receipt import TakeReceipt, take_receipt

router = Router(tags=["receipts"], dependencies=[Public()])

_MOST_BYTES = 4096
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STATUSES = frozenset({"created", "sent", "delivered", "failed"})


class MalformedReceiptError(HttpError):
    status = 400

    def __init__(self) -> None:
        super().__init__("A receipt is a form with id and status.")


@router.post("/receipts/sms", status_code=204, summary="Take a delivery receipt")
async def take(
    request: Request,
    reference: Annotated[str, Query(pattern=r"^[a-z]{2,32}\.[0-9a-f]{40}$")],
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
    tenant, _, rest = reference.partition(".")
    if tenant in here.room.tenants.slugs:
        command = TakeReceipt(f"{tenant}|{rest}", provider_id, status)
        await units.run_as(tenant, here.room.system, lambda work: take_receipt(command, work))
    return Response(status_code=204)
