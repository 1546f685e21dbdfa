"""When a resident was last active in a moment (R236, D26).

It lies beside the moment, not in it: a resident who turns a page must not make a practitioner's change stale.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pymongo import UpdateOne

from chassis.work import Work

COLLECTION = "activity"


def record(work: Work, moment: str, at: datetime) -> None:
    """The resident did something in the moment then; what is heard late does not turn it back."""
    work.changes.write(
        COLLECTION,
        UpdateOne(
            {"_id": work.id_of(moment)},
            {"$set": {"tenant": work.tenant, "moment": moment}, "$max": {"last_active_at": at}},
            upsert=True,
        ),
    )


async def last_active(work: Work, moments: Iterable[str]) -> Mapping[str, datetime]:
    """When each of the moments was last active; those without activity are absent."""
    cursor = work.room.database[COLLECTION].find({"_id": {"$in": work.ids_of(moments)}})
    return {document["moment"]: document["last_active_at"] for document in await cursor.to_list(None)}
