"""Moments that are not purged yet: what lists, refusals and the purge itself need to know of them."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from pymongo import DeleteOne

from chassis.http.paging import After
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.work import Work
from services.retention.domain.moment import Moment, State
from services.retention.store import purges

COLLECTION = "moments"
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Moments(Repository[Moment]):
    collection = COLLECTION
    noun = "moment"

    def to_document(self, aggregate: Moment, sealer: Sealer | None) -> Document:
        return {
            "moment_id": aggregate.id,
            "resident_id": aggregate.resident_id,
            "unit_id": aggregate.unit_id,
            "program_id": aggregate.program_id,
            "program_version": aggregate.program_version,
            "continues": aggregate.continues,
            "state": aggregate.state.value,
            "started_at": aggregate.started_at,
            "ended_at": aggregate.ended_at,
            "reason": aggregate.reason,
            "continued_by": aggregate.continued_by,
            "purge_id": aggregate.purge_id,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Moment:
        return Moment(
            id=document["moment_id"],
            resident_id=document["resident_id"],
            unit_id=document["unit_id"],
            program_id=document["program_id"],
            program_version=document["program_version"],
            continues=document["continues"],
            state=State(document["state"]),
            started_at=document["started_at"],
            ended_at=document["ended_at"],
            reason=document["reason"],
            continued_by=document.get("continued_by"),
            purge_id=document["purge_id"],
            version=document["version"],
            position=document["position"],
        )

    async def ended_at_unit(
        self, unit: str, *, before: datetime | None, after: After | None, limit: int
    ) -> list[Moment]:
        """Those that ended at the unit, longest ago first (R304)."""
        # An ongoing moment has no end, and a comparison with a time passes it by.
        period: dict[str, Any] = {"$gte": _FIRST if after is None else after.key}
        if before is not None:
            period["$lt"] = before
        where: dict[str, Any] = {"unit_id": unit, "ended_at": period}
        if after is not None:
            same = {"ended_at": after.key, "moment_id": {"$gt": after.id}}
            where["$or"] = [{"ended_at": {"$gt": after.key}}, same]
        return await self.query(where, sort=(("ended_at", 1), ("moment_id", 1)), limit=limit)


async def linked_counts(work: Work, moments: Collection[Moment]) -> Mapping[str, int]:
    """How many moments that are not purged continue each of these (D32).

    One that the moment's own end named counts until its purge is completed, though it may not have been heard of yet.
    """
    named = {moment.id: {moment.continued_by} - {None} for moment in moments}
    heard = {"tenant": work.tenant, "continues": {"$in": list(named)}}
    async for document in work.room.database[COLLECTION].find(heard, {"continues": 1, "moment_id": 1}):
        named[document["continues"]].add(document["moment_id"])
    purged = await purges.completed_of(work, [each.continued_by for each in moments if each.continued_by])
    return {moment: len(linked - purged) for moment, linked in named.items()}


async def residents_with_moments(work: Work, resident_ids: Collection[str]) -> frozenset[str]:
    """Which of these residents have moments that are not being purged."""
    where = {
        "tenant": work.tenant,
        "resident_id": {"$in": list(resident_ids)},
        "state": {"$ne": State.BEING_PURGED.value},
    }
    return frozenset(await work.room.database[COLLECTION].distinct("resident_id", where))


def forget(work: Work, moment_id: str) -> None:
    """Delete a moment that is purged: it is gone from every list (R312)."""
    work.changes.write(COLLECTION, DeleteOne({"_id": work.id_of(moment_id)}))
