"""What statistics are made of: moments that are held, and counts without identity of those that are purged (D34)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pymongo import UpdateOne

from chassis.mongo import Document
from chassis.work import Work
from services.retention.domain.purge import About
from services.retention.domain.statistics import Lives
from services.retention.store.moments import COLLECTION as MOMENTS

COLLECTION = "purged_counts"


def count_purged(work: Work, about: About) -> None:
    """One more of this program, unit, days and reason; no id of a moment, a resident or a purge."""
    zone = work.region.zone
    row = {
        "unit_id": about.unit_id,
        "program_id": about.program_id,
        "program_version": about.program_version,
        "started_on": about.started_at.astimezone(zone).date().isoformat(),
        "ended_on": about.ended_at.astimezone(zone).date().isoformat(),
        "reason": about.reason,
    }
    update = {"$setOnInsert": {"tenant": work.tenant, **row}, "$inc": {"count": 1}}
    work.changes.write(
        COLLECTION, UpdateOne({"_id": work.id_of("|".join(row.values()))}, update, upsert=True)
    )


async def lives(work: Work, *, program: str | None) -> list[Lives]:
    """All moments of the region by program and days, purged or not; days are the region's."""
    where = {"tenant": work.tenant, **({} if program is None else {"program_id": program})}
    days = {
        "program_id": "$program_id",
        "started_on": _day("$started_at", work.region.time_zone),
        "ended_on": _day("$ended_at", work.region.time_zone),
    }
    held = await _grouped(work, MOMENTS, where, days, {"$sum": 1})
    plain = {name: f"${name}" for name in days}
    purged = await _grouped(work, COLLECTION, where, plain, {"$sum": "$count"})
    return [_lives(row) for row in (*held, *purged)]


async def _grouped(
    work: Work, collection: str, where: Mapping[str, Any], by: Mapping[str, Any], count: Mapping[str, Any]
) -> list[Document]:
    pipeline: list[Mapping[str, Any]] = [{"$match": where}, {"$group": {"_id": by, "count": count}}]
    found: list[Document] = await work.room.database[collection].aggregate(pipeline).to_list(None)
    return found


def _day(field: str, zone: str) -> Mapping[str, Any]:
    return {"$dateToString": {"date": field, "format": "%Y-%m-%d", "timezone": zone}}


def _lives(row: Document) -> Lives:
    key = row["_id"]
    ended_on = key["ended_on"]
    return Lives(
        key["program_id"],
        date.fromisoformat(key["started_on"]),
        None if ended_on is None else date.fromisoformat(ended_on),
        row["count"],
    )
