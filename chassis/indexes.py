"""Indexes: each named by the query it serves and made at start, idempotently.

Every index of a service's own collection begins with the tenant, because every query does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo.errors import CollectionInvalid, OperationFailure

from chassis.mongo import Database


@dataclass(frozen=True, slots=True)
class Index:
    """`Index("by_unit_newest_first", "tenant unit -started_at")`: a minus sorts downwards."""

    name: str
    fields: str
    unique: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> list[tuple[str, int]]:
        return [(name.lstrip("-"), -1 if name.startswith("-") else 1) for name in self.fields.split()]


Indexes = Mapping[str, Sequence[Index]]
_EXISTS = 48

# The chassis's own collections are worked through across tenants, oldest first.
OWN: Indexes = {
    "inbox": (Index("forgotten_after_the_topics", "expires_at", options={"expireAfterSeconds": 0}),),
    "idempotency": (
        Index("forgotten_after_a_day", "expires_at", options={"expireAfterSeconds": 0}),
        Index(
            "by_subject",
            "tenant about",
            options={"partialFilterExpression": {"about": {"$exists": True}}},
        ),
    ),
    "erased": (Index("forgotten_after_a_day", "expires_at", options={"expireAfterSeconds": 0}),),
    "parked": (
        Index("heads_by_due_time", "state due_at"),
        Index("waiting_by_lane", "lane state"),
        Index("dead_newest_first", "state -parked_at"),
        Index("by_key", "tenant key"),
    ),
    "timers": (Index("due_first", "due_at"), Index("by_key", "tenant key")),
    "grants": (Index("by_unit", "tenant unit"),),
}


async def ensure_indexes(database: Database, indexes: Indexes) -> int:
    """Make what is missing; returns how many collections were looked at. Refuses an index that forgets the tenant."""
    existing = set(await database.list_collection_names())
    for collection, wanted in {**OWN, **indexes}.items():
        for index in wanted:
            if collection not in OWN and not index.fields.startswith("tenant"):
                raise ValueError(f"The index {index.name} of {collection} must begin with tenant.")
            await database[collection].create_index(
                index.keys, name=index.name, unique=index.unique, **index.options
            )
    # Within a transaction a collection cannot be made on every server, so those without indexes are made here.
    for collection in {"outbox", "leases"} - existing:
        await create_collection(database, collection)
    return len(indexes) + len(OWN)


async def create_collection(database: Database, collection: str, **options: Any) -> None:
    """Make a collection; nothing happens where it is, or where another process makes it at the same time."""
    try:
        await database.create_collection(collection, **options)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        # An API and a worker start side by side, and the other one was first.
        if error.code != _EXISTS:
            raise
