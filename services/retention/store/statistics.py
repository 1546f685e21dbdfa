"""What a purged moment leaves for statistics: a count without identity (D34)."""

from pymongo import UpdateOne

from chassis.work import Work
from services.retention.domain.purge import About

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
