"""The sendings of all tenants as the loops work on them: claimed one by one, by the database's time.

A claim is the record of the intent: it is committed before the provider is called.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from pymongo import ReturnDocument

from chassis.mongo import Database, Document
from services.notifications.domain.backlog import Backlog
from services.notifications.domain.sending import LIVE, State, Tried
from services.notifications.store.sendings import COLLECTION, Sending, opened

# A missing time sorts before every time, so what is never to be looked at again is left out first.
_DUE_NOW: Document = {"next_at": {"$ne": None}, "$expr": {"$lte": ["$next_at", "$$NOW"]}}
_NEVER_SO_FAR = datetime(9000, 1, 1, tzinfo=UTC)


class Sendings:
    """The sendings of a service, as its loops work on them."""

    def __init__(self, database: Database) -> None:
        self._sendings = database[COLLECTION]

    async def busy_tenants(self, tenants: Sequence[str]) -> list[str]:
        """The tenants for which anything is to be done now."""
        where = {"tenant": {"$in": list(tenants)}, "state": {"$in": [s.value for s in LIVE]}}
        if await self._sendings.find_one({**where, **_DUE_NOW}, {"_id": 1}) is None:
            return []
        # `distinct` knows no $$NOW.
        stages: list[Document] = [{"$match": {**where, **_DUE_NOW}}, {"$group": {"_id": "$tenant"}}]
        return [row["_id"] for row in await self._sendings.aggregate(stages).to_list(None)]

    async def candidates(self, tenant: str, most: int) -> list[tuple[str, State]]:
        """What is to be done now for a tenant, the longest due first within each state."""
        found: list[tuple[str, State]] = []
        for state in LIVE:
            where = {"tenant": tenant, "state": state.value, **_DUE_NOW}
            rows = self._sendings.find(where, {"_id": 1}).sort("next_at", 1).limit(most)
            found += [(row["_id"], state) for row in await rows.to_list(None)]
        return found

    async def due(self, identity: str) -> Sending | None:
        """The sending, if it is to be attempted now."""
        document = await self._sendings.find_one({"_id": identity, "state": State.DUE.value, **_DUE_NOW})
        return None if document is None else opened(document)

    async def claim(self, sending: Sending, tried: Tried, *, now: datetime, lease: float) -> Sending | None:
        """Record the intent to call the provider with what was prepared from the sending as it was read, and hold it.

        None if it was moved meanwhile, or somebody else has it.
        """
        intent = {
            "state": State.ATTEMPTING.value,
            "to": {"$literal": sending.to},
            "tried": {"$literal": asdict(tried)},
            "attempts": {"$add": ["$attempts", 1]},
            "rev": {"$add": ["$rev", 1]},
            "started_at": {"$literal": now},
            "since": "$$NOW",
            "looked_at": "$$NOW",
            "next_at": {"$add": ["$$NOW", int(lease * 1000)]},
        }
        as_read = {"_id": sending.id, "rev": sending.rev, "state": State.DUE.value, **_DUE_NOW}
        return await self._take(as_read, intent)

    async def look(self, identity: str, *, lease: float) -> Sending | None:
        """Hold a sending whose fate is to be asked for: unknown, or left in the middle by whoever attempted it."""
        held = {
            "state": State.UNKNOWN.value,
            "reason": "no_answer",
            "rev": {"$add": ["$rev", 1]},
            "looked_at": "$$NOW",
            "next_at": {"$add": ["$$NOW", int(lease * 1000)]},
        }
        states = [State.ATTEMPTING.value, State.UNKNOWN.value]
        return await self._take({"_id": identity, "state": {"$in": states}, **_DUE_NOW}, held)

    async def get(self, identity: str) -> Sending | None:
        """A sending as it is now."""
        document = await self._sendings.find_one({"_id": identity})
        return None if document is None else opened(document)

    async def free(self, tenants: Sequence[str], provider_ids: Sequence[str], *, for_: str) -> list[str]:
        """Those of the provider ids that no other sending has recorded."""
        if not provider_ids:
            return []
        where = {
            "tenant": {"$in": list(tenants)},
            "provider_id": {"$in": list(provider_ids)},
            "_id": {"$ne": for_},
        }
        taken = set(await self._sendings.distinct("provider_id", where))
        return [identity for identity in provider_ids if identity not in taken]

    async def backlogs(self, tenants: Sequence[str], since: datetime) -> dict[str, Backlog]:
        """What is due, being attempted or asked about, of each tenant; `left` is what was made by `since`."""
        where = {
            "tenant": {"$in": list(tenants)},
            "state": {"$in": [state.value for state in LIVE]},
            # What is held through quiet hours is not late.
            "next_at": {"$lt": _NEVER_SO_FAR},
        }
        rows = self._sendings.aggregate(
            [
                {"$match": where},
                {
                    "$group": {
                        "_id": {"tenant": "$tenant", "unknown": {"$eq": ["$state", State.UNKNOWN.value]}},
                        "waiting": {"$sum": 1},
                        "oldest": {"$min": "$made_at"},
                        "left": {"$sum": {"$cond": [{"$lte": ["$made_at", since]}, 1, 0]}},
                    }
                },
                {"$set": {"age": {"$subtract": ["$$NOW", "$oldest"]}}},
            ]
        )
        found: dict[str, Backlog] = defaultdict(Backlog)
        for row in await rows.to_list(None):
            tenant, count, age = row["_id"]["tenant"], row["waiting"], max(row["age"], 0) / 1000
            if row["_id"]["unknown"]:
                found[tenant] = replace(found[tenant], unknown=count, oldest_unknown_age=age)
            else:
                found[tenant] = replace(found[tenant], waiting=count, oldest_age=age, left=row["left"])
        return found

    async def accepted_again(self, identity: str, provider_id: str) -> None:
        """Record that the provider has taken a sending a second time, for the account to show."""
        await self._sendings.update_one({"_id": identity}, {"$addToSet": {"extra_ids": provider_id}})

    async def _take(self, where: Document, fields: Document) -> Sending | None:
        document: Document | None = await self._sendings.find_one_and_update(
            where, [{"$set": fields}], return_document=ReturnDocument.AFTER
        )
        return None if document is None else opened(document)
