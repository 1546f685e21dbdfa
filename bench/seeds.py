"""What lies in the databases before anything is measured, and how it is emptied between rounds."""

import time
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient, WriteConcern

from bench.people import STAFF, TENANT
from chassis.outbox import outbox_id
from contracts.moments import ModuleStarted

_AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
COUNTERS = 4096
Mongo = MongoClient[dict[str, Any]]


def counter_id(number: int) -> str:
    return f"moment-{number:05}"


def make_collections(mongo: Mongo) -> None:
    """Make what is read in snapshots and written in transactions before anybody does so."""
    for name in ("moments", "flags", "f1", "floor"):
        for collection in ("outbox", "inbox", "counters", "tallies", "said"):
            mongo[name].create_collection(collection)


def seed_counters(mongo: Mongo, name: str) -> None:
    """Counters at their first version in the database `name`, and an empty outbox."""
    documents = [
        {
            "_id": f"vgr|{counter_id(number)}",
            "tenant": "vgr",
            "version": 1,
            "position": 0,
            "subject": None,
            "count": 0,
        }
        for number in range(COUNTERS)
    ]
    mongo[name]["counters"].delete_many({})
    mongo[name]["counters"].insert_many(documents, ordered=False)
    empty(mongo, name, "outbox")


def seed_tallies(mongo: Mongo, name: str) -> None:
    """A tally for each counter in the database `name`."""
    mongo[name]["tallies"].delete_many({})
    mongo[name]["tallies"].insert_many(
        [{"_id": f"vgr|{counter_id(number)}", "count": 0} for number in range(COUNTERS)], ordered=False
    )


def empty(mongo: Mongo, name: str, collection: str) -> None:
    """Leave the collection with its indexes and without a document."""
    mongo[name][collection].delete_many({})


def clear(mongo: Mongo, name: str) -> None:
    """Take away what a run has left, so that each finds the same."""
    empty(mongo, name, "outbox")
    empty(mongo, name, "inbox")


def fill_outbox(mongo: Mongo, name: str, messages: int, *, keys: int = COUNTERS) -> None:
    """An outbox of so many messages and nothing else, in the order in which its aggregates said them."""
    outbox = mongo[name].get_collection("outbox", write_concern=WriteConcern(1))
    outbox.delete_many({})
    first = time.time_ns() // 1000
    for start in range(0, messages, 10_000):
        numbers = range(start, min(start + 10_000, messages))
        outbox.insert_many([outbox_document(first + number, counter_id(number % keys)) for number in numbers])


def outbox_document(position: int, moment: str) -> dict[str, Any]:
    """What `ModuleStarted` of a moment looks like in the outbox."""
    said = ModuleStarted(moment_id=moment, module="module-1", at=_AT, by=STAFF)
    return {
        "_id": outbox_id(position, moment),
        "topic": f"{TENANT}.moments.moment.v1",
        "key": moment,
        "type": ModuleStarted.type(),
        "time": _AT.isoformat(),
        "trace": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        "value": said.model_dump_json().encode(),
    }
