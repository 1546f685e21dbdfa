"""Parking: a message that fails waits in the service's own database, later ones of its lane line up behind it.

It is tried again with growing delay; after the last attempt it is dead: listed and shown without its content, and
replayed or discarded by command. A message that cannot be read is dead at once. A dead message leaves its lane, so
that the rest of the key flows on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from aiokafka import ConsumerRecord
from pymongo import DeleteOne

from chassis.changes import Changes
from chassis.clock import SystemClock
from chassis.errors import NotFoundError
from chassis.mongo import Database, Document, in_transaction

COLLECTION = "parked"
# What the lane and the type of a message begin with that tells neither.
UNREADABLE = "unreadable"
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (0.2, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600))
_real = SystemClock()


class Fate(StrEnum):
    """What becomes of a message: handled, tried again later, or given up."""

    DONE = "done"
    PARK = "park"
    DEAD = "dead"


def fate_after(attempts: int) -> Fate:
    """The fate of a message whose reaction has failed `attempts` times."""
    return Fate.PARK if attempts < len(DELAYS) else Fate.DEAD


@dataclass(frozen=True, slots=True)
class Dead:
    """A dead message as operations see it: ids and codes, never its content."""

    id: str
    topic: str
    partition: int
    offset: int
    type: str
    error: str
    attempts: int
    at: datetime


def parked(
    record: ConsumerRecord,
    *,
    lane: str,
    tenant: str,
    identity: str,
    type_: str,
    error: str,
    attempts: int,
    fate: Fate,
) -> Document:
    """The document of a parked or dead message; its id sorts by offset within its lane."""
    now = _real.now()
    # Who lines up behind another has no time of its own: its turn comes when it is the head of the lane.
    due = now + DELAYS[min(attempts, len(DELAYS)) - 1] if attempts else None
    return {
        "_id": f"{lane}|{record.partition:05d}|{record.offset:016x}",
        "tenant": tenant,
        "lane": lane,
        "state": fate.value,
        "identity": identity,
        "type": type_,
        "error": error,
        "attempts": attempts,
        "due_at": due,
        "parked_at": now,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "value": record.value,
        "headers": [[name, value] for name, value in record.headers],
    }


def unsaid(said: Document, error: str) -> Document:
    """The dead document of one of our own messages that no topic takes; replayed, it goes back to the outbox."""
    return {
        "_id": f"outbox|{said['_id']}",
        "tenant": said["topic"].split(".", 1)[0],
        "lane": "outbox",
        "state": Fate.DEAD.value,
        "identity": said["_id"],
        "type": said["type"],
        "error": error,
        "attempts": 0,
        "due_at": None,
        "parked_at": _real.now(),
        "topic": said["topic"],
        "partition": -1,
        "offset": -1,
        "key": said["key"].encode(),
        "said": said,
    }


def record_of(document: Document) -> Any:
    """The record as it came from the broker."""
    return _Record(
        topic=document["topic"],
        partition=document["partition"],
        offset=document["offset"],
        key=document["key"],
        value=document["value"],
        headers=tuple((name, value) for name, value in document["headers"]),
    )


@dataclass(frozen=True, slots=True)
class _Record:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


async def waiting_lanes(database: Database, lanes: Iterable[str]) -> set[str]:
    """Which of these lanes have a message waiting, so that what comes now must line up."""
    found = await database[COLLECTION].distinct(
        "lane", {"lane": {"$in": list(lanes)}, "state": Fate.PARK.value}
    )
    return set(found)


async def due_lanes(database: Database, most: int = 100) -> list[str]:
    """Lanes with a message whose time has come, oldest first; one look at an index."""
    where = {"state": Fate.PARK.value, "due_at": {"$lte": _real.now()}}
    found = await database[COLLECTION].find(where, {"lane": 1}).sort("due_at", 1).limit(most).to_list(None)
    return list(dict.fromkeys(document["lane"] for document in found))


async def lanes_without_time(database: Database, most: int = 100) -> list[str]:
    """Lanes in which everybody stands behind a head that has left meanwhile. Looks at all that waits."""
    cursor = database[COLLECTION].aggregate(
        [
            {"$match": {"state": Fate.PARK.value}},
            {"$group": {"_id": "$lane", "due_at": {"$max": "$due_at"}}},
            {"$match": {"due_at": None}},
            {"$limit": most},
        ]
    )
    return [found["_id"] for found in await cursor.to_list(None)]


async def head_of(database: Database, lane: str) -> Document | None:
    """The first message that waits in the lane: the only one that may be tried."""
    where = {"lane": lane, "state": Fate.PARK.value}
    found: Document | None = await database[COLLECTION].find_one(where, sort=[("_id", 1)])
    return found


def is_due(head: Document) -> bool:
    """Whether a head may be tried now; one that has just become the head has no time of its own."""
    return head["due_at"] is None or head["due_at"] <= _real.now()


async def line_up(database: Database, head: Document) -> None:
    """Leave the head alone with a time: a lane whose replayed messages all had theirs would hide others from a look."""
    parked = database[COLLECTION]
    behind = {"lane": head["lane"], "state": Fate.PARK.value, "_id": {"$gt": head["_id"]}}
    await parked.update_many({**behind, "due_at": {"$ne": None}}, {"$set": {"due_at": None}})
    if head["due_at"] is None:
        await parked.update_one({"_id": head["_id"], "due_at": None}, {"$set": {"due_at": _real.now()}})


async def pull_back(database: Database) -> None:
    """Let nobody wait beyond the longest delay: only a clock that had jumped ahead has told anybody to."""
    now = _real.now()
    beyond = {"state": Fate.PARK.value, "due_at": {"$gt": now + DELAYS[-1]}}
    await database[COLLECTION].update_many(beyond, {"$set": {"due_at": now}})


async def list_dead(database: Database, *, tenant: str | None = None, most: int = 100) -> list[Dead]:
    """Dead messages, newest first."""
    where: Document = {"state": Fate.DEAD.value} | ({"tenant": tenant} if tenant else {})
    fields = dict.fromkeys(("topic", "partition", "offset", "type", "error", "attempts", "parked_at"), 1)
    cursor = database[COLLECTION].find(where, fields).sort("parked_at", -1).limit(most)
    return [_seen(document) for document in await cursor.to_list(None)]


class DeadMessageNotFoundError(NotFoundError):
    """No dead message has this id."""


async def show_dead(database: Database, identity: str) -> Dead:
    """One dead message by its id, or DeadMessageNotFoundError."""
    document = await database[COLLECTION].find_one({"_id": identity, "state": Fate.DEAD.value})
    if document is None:
        raise _not_found(identity)
    return _seen(document)


async def replay(database: Database, identity: str) -> None:
    """Let a dead message be tried again from its first attempt. Raises DeadMessageNotFoundError."""
    where = {"_id": identity, "state": Fate.DEAD.value}
    document = await database[COLLECTION].find_one(where)
    if document is None:
        raise _not_found(identity)
    if "said" in document:
        changes = Changes()
        changes.exactly_one(COLLECTION, DeleteOne(where))
        changes.outbox.append(document["said"])
        await in_transaction(database.client, lambda session: changes.apply(database, session))
        return
    again = {"state": Fate.PARK.value, "attempts": 0, "due_at": _real.now()}
    await database[COLLECTION].update_one(where, {"$set": again})


async def discard(database: Database, identity: str) -> None:
    """Delete a dead message for good. Raises DeadMessageNotFoundError."""
    result = await database[COLLECTION].delete_one({"_id": identity, "state": Fate.DEAD.value})
    if not result.deleted_count:
        raise _not_found(identity)


async def counts(database: Database) -> dict[str, int]:
    """How many messages wait and how many are dead."""
    found = (
        await database[COLLECTION].aggregate([{"$group": {"_id": "$state", "n": {"$sum": 1}}}]).to_list(None)
    )
    by_state = {row["_id"]: row["n"] for row in found}
    return {"parked": by_state.get(Fate.PARK.value, 0), "dead": by_state.get(Fate.DEAD.value, 0)}


def _not_found(identity: str) -> DeadMessageNotFoundError:
    return DeadMessageNotFoundError(
        "There is no dead message with this id; `dead list` shows those there are.", id=identity
    )


def _seen(document: Document) -> Dead:
    return Dead(
        id=document["_id"],
        topic=document["topic"],
        partition=document["partition"],
        offset=document["offset"],
        type=document["type"],
        error=document["error"],
        attempts=document["attempts"],
        at=document["parked_at"],
    )
