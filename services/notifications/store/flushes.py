"""Flushes under way: one document per tenant and window, held by one worker at a time by the database's time.

Beside them each tenant's latest window that was to be flushed, and since when: what is asked after that goes with
another.
"""

import secrets
from dataclasses import dataclass
from datetime import date

from pymongo import ReturnDocument, UpdateOne

from chassis.mongo import Database
from chassis.work import Work
from services.notifications.domain.windows import Gone

COLLECTION = "flushes"
_LATEST = "latest_windows"


@dataclass(frozen=True, slots=True)
class Flush:
    """A window that is to be flushed, and the hold on it."""

    id: str
    tenant: str
    window: str
    token: str
    asked: str


def ask(work: Work, window: str) -> None:
    """Let a window be flushed; asked again while it is being flushed, it is looked through once more."""
    place = {"tenant": work.tenant, "window": window, "until": None, "token": None}
    update = {"$set": {"asked": secrets.token_hex(8)}, "$setOnInsert": place}
    work.changes.write(COLLECTION, UpdateOne({"_id": work.id_of(window)}, update, upsert=True))
    is_later = {"$gt": [window, "$window"]}
    latest = {
        "tenant": work.tenant,
        "window": {"$cond": [is_later, window, "$window"]},
        "at": {"$cond": [is_later, work.now, "$at"]},
    }
    work.changes.write(_LATEST, UpdateOne({"_id": work.id_of("latest")}, [{"$set": latest}], upsert=True))


async def latest(work: Work) -> Gone | None:
    """The latest window that has gone; None before the first."""
    found = await work.room.database[_LATEST].find_one({"_id": work.id_of("latest")})
    return None if found is None else Gone(date.fromisoformat(found["window"]), found["at"])


class Flushes:
    """The flushes of a service."""

    def __init__(self, database: Database) -> None:
        self._flushes = database[COLLECTION]

    async def claim(self, lease: float) -> Flush | None:
        """Hold one that nobody holds, the earliest window first."""
        token = secrets.token_hex(8)
        found = await self._flushes.find_one_and_update(
            {"$expr": {"$lte": [{"$ifNull": ["$until", None]}, "$$NOW"]}},
            [{"$set": {"token": token, "until": {"$add": ["$$NOW", int(lease * 1000)]}}}],
            sort=[("window", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            return None
        return Flush(found["_id"], found["tenant"], found["window"], token, found["asked"])

    async def hold(self, flush: Flush, lease: float) -> bool:
        """Hold it for its full seconds from now; False if another has it."""
        held = await self._flushes.update_one(
            {"_id": flush.id, "token": flush.token},
            [{"$set": {"until": {"$add": ["$$NOW", int(lease * 1000)]}}}],
        )
        return held.matched_count == 1

    async def finish(self, flush: Flush) -> None:
        """It is done; if it was asked for anew meanwhile, it is given back to be done again."""
        done = await self._flushes.delete_one({"_id": flush.id, "token": flush.token, "asked": flush.asked})
        if done.deleted_count == 0:
            await self.give_back(flush)

    async def give_back(self, flush: Flush) -> None:
        """Let another worker go on with it at once."""
        await self._flushes.update_one({"_id": flush.id, "token": flush.token}, {"$set": {"until": None}})
