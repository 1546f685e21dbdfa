"""Moments that have ended, as moments tells it: the resident has no access any more, so nothing new is told of them."""

from collections.abc import Iterable

from pymongo import UpdateOne

from chassis.mongo import Database
from chassis.work import Work

COLLECTION = "endings"


def mark(work: Work, moment: str, resident: str) -> None:
    """Remember it, until the moment is purged."""
    place = {"tenant": work.tenant, "moment": moment, "resident": resident}
    work.changes.write(
        COLLECTION, UpdateOne({"_id": work.id_of(moment)}, {"$setOnInsert": place}, upsert=True)
    )


async def among(database: Database, tenant: str, moments: Iterable[str]) -> set[str]:
    """Those of the moments that have ended, in one query."""
    wanted = [f"{tenant}|{moment}" for moment in dict.fromkeys(moments)]
    if not wanted:
        return set()
    found = await database[COLLECTION].find({"_id": {"$in": wanted}}, {"moment": 1}).to_list(None)
    return {document["moment"] for document in found}


async def resident_of(work: Work, moment: str) -> str | None:
    """Whose moment it was; None unless it has ended and is not purged."""
    found = await work.room.database[COLLECTION].find_one({"_id": work.id_of(moment)}, {"resident": 1})
    return None if found is None else found["resident"]
