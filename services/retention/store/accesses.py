"""The audit log of all services: inserted, searched, never changed and never deleted (R333 to R337).

Five indexes on the busiest collection: each question of the log has one, and those about a resident or a moment
hold only the accesses that name one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.http.paging import After
from chassis.indexes import Index
from chassis.mongo import Document
from chassis.reactions import Heard
from chassis.work import Work
from contracts.retention import AccessRecorded

COLLECTION = "accesses"

INDEXES = (
    Index(
        "by_resident_newest_first",
        "tenant resident_id -at -_id",
        options={"partialFilterExpression": {"resident_id": {"$gt": ""}}},
    ),
    Index(
        "by_moment_newest_first",
        "tenant moment_id -at -_id",
        options={"partialFilterExpression": {"moment_id": {"$gt": ""}}},
    ),
    Index("by_actor_newest_first", "tenant actor_id -at -_id"),
    Index("by_unit_newest_first", "tenant unit_id -at -_id"),
    Index("newest_first", "tenant -at -_id"),
)


def record(work: Work, heard: Heard[AccessRecorded]) -> None:
    """Insert one access under its envelope's identity, so one message is one row whatever happens.

    The identity ends in the actor's id; it is kept as a keyed fingerprint, because a resident's cursor shows it.
    """
    envelope, said = heard.envelope, heard.data
    service = envelope.source.rpartition("/")[2]
    mark = work.room.pseudonyms.fingerprint(work.tenant, envelope.identity.encode())
    work.insert(
        COLLECTION,
        {
            "_id": work.id_of(f"{envelope.sequence}-{mark[:16]}"),
            "tenant": work.tenant,
            "service": service,
            "action": said.action,
            "actor_kind": said.actor_kind,
            "actor_id": said.actor_id,
            "unit_id": said.unit_id,
            "resident_id": said.resident_id,
            "moment_id": said.moment_id,
            "at": said.at,
        },
    )


async def search(
    work: Work,
    where: Mapping[str, str],
    *,
    begin: datetime | None = None,
    end: datetime | None = None,
    after: After | None,
    limit: int,
) -> Sequence[Document]:
    """Accesses that match, newest first; `begin` belongs to the period and `end` does not."""
    found: list[Document] = await cursor_of(
        work, where, begin=begin, end=end, after=after, limit=limit
    ).to_list(None)
    return found


def cursor_of(
    work: Work,
    where: Mapping[str, str],
    *,
    begin: datetime | None = None,
    end: datetime | None = None,
    after: After | None,
    limit: int,
) -> Any:
    """The question as the database is asked it: within bounds, so that a late page is as cheap as the first."""
    asked: dict[str, Any] = {"tenant": work.tenant, **where}
    bounds = {"$gte": begin, "$lt": end, "$lte": after.key if after else None}
    period = {bound: time for bound, time in bounds.items() if time is not None}
    if period:
        asked["at"] = period
    if after is not None:
        same = {"at": after.key, "_id": {"$lt": work.id_of(after.id)}}
        asked["$or"] = [{"at": {"$lt": after.key}}, same]
    return work.room.database[COLLECTION].find(asked).sort([("at", -1), ("_id", -1)]).limit(limit)


def within_tenant(document: Document) -> str:
    """The access's id without the tenant, as it stands in cursors."""
    return str(document["_id"]).partition("|")[2]
