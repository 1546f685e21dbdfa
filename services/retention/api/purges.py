"""Purges: ask for one, follow it, and fetch its certificate."""

import secrets
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from chassis.errors import NotFoundError
from chassis.http import idempotency
from chassis.http.idempotency import Answer, Idempotency, Once, RequiredKey
from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_after
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import Here, UnitsOf
from contracts.access import Permission
from services.retention.api.pages import after_time
from services.retention.domain.moment import (
    ConfirmationMissingError,
    LinkedMomentsRemainError,
    MomentBeingPurgedError,
    MomentNotEndedError,
    MomentPurgedError,
)
from services.retention.domain.purge import Purge, Status
from services.retention.domain.receipt import Receipt, Scope
from services.retention.store.work import RetentionWork
from services.retention.usecases.read_purges import (
    PurgeNotCompletedError,
    list_purges,
    open_certificate,
    open_purge,
)
from services.retention.usecases.request_purge import RequestPurge, request_purge

router = Router(tags=["purges"])
Purger = Annotated[Staff, Needs(Permission.PURGE)]


class PurgeOrder(Schema):
    """What is to be purged."""

    moment_id: str = Field(min_length=1, max_length=100)
    confirm: bool = Field(
        default=False,
        description="True: what is needed is exported and what matters is in the record. There is no undo.",
    )


class PurgeAccepted(Schema):
    purge_id: str
    moment_id: str


class DeletedRow(Schema):
    collection: str
    count: int


class ReceiptRow(Schema):
    """What a service has answered for a scope."""

    scope: Scope
    service: str
    deleted: list[DeletedRow]
    key_destroyed: bool
    resident_remains: bool
    answered_at: datetime


class PurgeRow(Schema):
    """A purge with what is known so far; `waiting_for` and `late` name services."""

    purge_id: str
    moment_id: str
    program_id: str
    requested_by: str
    requested_at: datetime
    status: Status
    scope: Scope
    waiting_for: list[str]
    late: list[str]
    completed_at: datetime | None


class PurgeProgress(PurgeRow):
    reminders: int
    receipts: list[ReceiptRow]


class CertifiedReceipt(Schema):
    scope: Scope
    service: str
    deleted: list[DeletedRow]
    key_destroyed: bool
    resident_remains: bool
    answered_at: str


class Certificate(Schema):
    """The digest is SHA-256 over the JSON of all other fields with sorted keys and without spaces, in UTF-8."""

    certificate: str
    purge_id: str
    tenant: str
    moment_id: str
    unit_id: str
    program_id: str
    program_version: str
    started_at: str
    ended_at: str
    end_reason: str
    requested_by: str
    requested_at: str
    confirmed: str
    completed_at: str
    resident_scope_asked: bool
    documents_deleted: int
    keys_destroyed: int
    receipts: list[CertifiedReceipt]
    digest: str


@router.post(
    "/purges",
    status_code=202,
    response_model=PurgeAccepted,
    summary="Purge one ended moment of the unit; there is no undo",
)
@refuses(
    ConfirmationMissingError,
    LinkedMomentsRemainError,
    MomentBeingPurgedError,
    MomentNotEndedError,
    MomentPurgedError,
    NotFoundError,
)
async def purge(
    *, request: Request, body: PurgeOrder, caller: Purger, units: UnitsOf, here: Here, key: RequiredKey
) -> Response:
    room = here.room

    async def run(once: Once) -> Answer:
        purge_id = f"pur-{secrets.token_hex(13)}"
        answer = Answer(
            202,
            {"purge_id": purge_id, "moment_id": body.moment_id},
            {"Location": f"/purges/{purge_id}"},
        )
        command = RequestPurge(purge_id, body.moment_id, caller.unit, body.confirm)

        async def use_case(work: RetentionWork) -> None:
            await request_purge(command, work)
            work.insert(idempotency.COLLECTION, once.document(answer))

        await units.run(caller, use_case)
        return answer

    store = room.database[idempotency.COLLECTION]
    return await Idempotency(store, room.clock, room.pseudonyms).idempotently(request, caller, run)


@router.get("/purges", summary="List the unit's purges, newest first")
async def purges(
    caller: Purger,
    units: UnitsOf,
    status: Annotated[Status | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PurgeRow]:
    after = after_time(cursor)
    found = await units.run(
        caller, lambda work: list_purges(caller.unit, work, status=status, after=after, limit=limit)
    )
    last = found[-1] if len(found) == limit else None
    return Page(
        items=[PurgeRow(**_row(each)) for each in found],
        next=cursor_after(last.requested_at, last.id) if last else None,
    )


@router.get("/purges/{purge_id}", summary="Follow a purge per service and scope")
@refuses(NotFoundError)
async def progress(purge_id: str, caller: Purger, units: UnitsOf) -> PurgeProgress:
    found = await units.run(caller, lambda work: open_purge(purge_id, caller.unit, work))
    receipts = sorted(found.receipts.values(), key=lambda receipt: (receipt.scope, receipt.service))
    return PurgeProgress(
        **_row(found), reminders=found.reminders, receipts=[_receipt_row(receipt) for receipt in receipts]
    )


@router.get("/purges/{purge_id}/certificate", summary="The certificate of a completed purge")
@refuses(NotFoundError, PurgeNotCompletedError)
async def certificate(purge_id: str, caller: Purger, units: UnitsOf) -> Certificate:
    found = await units.run(caller, lambda work: open_certificate(purge_id, caller.unit, work))
    receipts = [
        CertifiedReceipt(
            **{
                **receipt,
                "scope": Scope(receipt["scope"]),
                "deleted": [DeletedRow(**row) for row in receipt["deleted"]],
            }
        )
        for receipt in found["receipts"]
    ]
    return Certificate(**{**found, "receipts": receipts})


def _row(purge: Purge) -> dict[str, Any]:
    return {
        "purge_id": purge.id,
        "moment_id": purge.about.moment_id,
        "program_id": purge.about.program_id,
        "requested_by": purge.requested_by,
        "requested_at": purge.requested_at,
        "status": purge.status,
        "scope": purge.scope,
        "waiting_for": list(purge.waiting_for),
        "late": list(purge.late),
        "completed_at": purge.completed_at,
    }


def _receipt_row(receipt: Receipt) -> ReceiptRow:
    return ReceiptRow(
        scope=receipt.scope,
        service=receipt.service,
        deleted=[DeletedRow(collection=name, count=count) for name, count in receipt.deleted.items()],
        key_destroyed=receipt.key_destroyed,
        resident_remains=receipt.resident_remains,
        answered_at=receipt.answered_at,
    )
