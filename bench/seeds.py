"""What lies in the databases before anything is measured, and how it is emptied between rounds."""

from typing import Any

from pymongo import MongoClient

COUNTERS = 4096
Mongo = MongoClient[dict[str, Any]]


def counter_id(number: int) -> str:
    return f"moment-{number:05}"


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
    if "outbox" not in mongo[name].list_collection_names():
        mongo[name].create_collection("outbox")
    empty(mongo, name, "outbox")


def seed_tallies(mongo: Mongo, name: str) -> None:
    """A tally for each counter in the database `name`."""
    mongo[name]["tallies"].delete_many({})
    mongo[name]["tallies"].insert_many(
        [{"_id": f"vgr|{counter_id(number)}", "count": 0} for number in range(COUNTERS)], ordered=False
    )


def tallied(mongo: Mongo, name: str) -> int:
    """How many effects there are."""
    sums = list(mongo[name]["tallies"].aggregate([{"$group": {"_id": None, "sum": {"$sum": "$count"}}}]))
    return int(sums[0]["sum"]) if sums else 0


def empty(mongo: Mongo, name: str, collection: str) -> None:
    """Leave the collection with its indexes and without a document."""
    mongo[name][collection].delete_many({})
