"""Purges under way and completed. A completed one holds its certificate and no resident."""

from collections.abc import Collection, Iterable
from typing import Any

from chassis.http.paging import After
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.work import Work
from contracts.message import Message
from contracts.retention import PurgeCompleted, PurgeRequested
from services.retention.domain.purge import About, Asked, Completed, Purge, Status
from services.retention.domain.receipt import Receipt, Scope

COLLECTION = "purges"


class Purges(Repository[Purge]):
    collection = COLLECTION
    noun = "purge"

    def to_document(self, aggregate: Purge, sealer: Sealer | None) -> Document:
        about = aggregate.about
        return {
            "purge_id": aggregate.id,
            "moment_id": about.moment_id,
            "unit_id": about.unit_id,
            "program_id": about.program_id,
            "program_version": about.program_version,
            "started_at": about.started_at,
            "ended_at": about.ended_at,
            "reason": about.reason,
            "resident_id": aggregate.resident_id,
            "requested_by": aggregate.requested_by,
            "requested_at": aggregate.requested_at,
            "expected": sorted(aggregate.expected),
            "asked": sorted(aggregate.asked),
            "scope": aggregate.scope.value,
            "status": aggregate.status.value,
            "late": list(aggregate.late),
            "look_at": aggregate.look_at,
            "reminders": aggregate.reminders,
            "receipts": [_receipt_document(receipt) for receipt in aggregate.receipts.values()],
            "completed_at": aggregate.completed_at,
            "certificate": aggregate.certificate,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Purge:
        receipts = [_receipt(receipt) for receipt in document["receipts"]]
        return Purge(
            id=document["purge_id"],
            tenant=document["tenant"],
            about=About(
                document["moment_id"],
                document["unit_id"],
                document["program_id"],
                document["program_version"],
                document["started_at"],
                document["ended_at"],
                document["reason"],
            ),
            resident_id=document["resident_id"],
            requested_by=document["requested_by"],
            requested_at=document["requested_at"],
            expected=frozenset(document["expected"]),
            # Before 0034 everybody was asked at once.
            asked=frozenset(document["asked"] if "asked" in document else document["expected"]),
            scope=Scope(document["scope"]),
            is_late=bool(document["late"]),
            look_at=document["look_at"],
            reminders=document["reminders"],
            receipts={(receipt.scope, receipt.service): receipt for receipt in receipts},
            completed_at=document["completed_at"],
            certificate=document["certificate"],
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: Purge, event: Any) -> Iterable[Message]:
        match event:
            case Asked(scope, resident_id, at, services):
                yield PurgeRequested(
                    purge_id=aggregate.id,
                    scope=scope.value,
                    moment_id=aggregate.about.moment_id,
                    resident_id=resident_id,
                    requested_at=at,
                    services=list(services),
                )
            case Completed(resident_id, at):
                yield PurgeCompleted(
                    purge_id=aggregate.id,
                    moment_id=aggregate.about.moment_id,
                    resident_id=resident_id,
                    completed_at=at,
                )

    async def of_moment(self, moment_id: str) -> Purge | None:
        """The purge of a moment, under way or completed; there is never a second one."""
        found = await self.query({"moment_id": moment_id}, limit=1)
        return found[0] if found else None

    async def of_unit(self, unit: str, *, status: str | None, after: After | None, limit: int) -> list[Purge]:
        """The unit's purges, newest first."""
        where: dict[str, Any] = {"unit_id": unit}
        if status is not None:
            where["status"] = status
        if after is not None:
            same = {"requested_at": after.key, "purge_id": {"$lt": after.id}}
            where["requested_at"] = {"$lte": after.key}
            where["$or"] = [{"requested_at": {"$lt": after.key}}, same]
        return await self.query(where, sort=(("requested_at", -1), ("purge_id", -1)), limit=limit)


async def completed_of(work: Work, moment_ids: Collection[str]) -> frozenset[str]:
    """Which of these moments are purged."""
    if not moment_ids:
        return frozenset()
    where = {
        "tenant": work.tenant,
        "moment_id": {"$in": list(moment_ids)},
        "status": Status.COMPLETED.value,
    }
    return frozenset(await work.room.database[COLLECTION].distinct("moment_id", where))


def _receipt_document(receipt: Receipt) -> Document:
    return {
        "scope": receipt.scope.value,
        "service": receipt.service,
        "deleted": [{"collection": name, "count": count} for name, count in receipt.deleted.items()],
        "key_destroyed": receipt.key_destroyed,
        "resident_remains": receipt.resident_remains,
        "answered_at": receipt.answered_at,
    }


def _receipt(document: Document) -> Receipt:
    return Receipt(
        service=document["service"],
        scope=Scope(document["scope"]),
        deleted={row["collection"]: row["count"] for row in document["deleted"]},
        key_destroyed=document["key_destroyed"],
        resident_remains=document["resident_remains"],
        answered_at=document["answered_at"],
    )
