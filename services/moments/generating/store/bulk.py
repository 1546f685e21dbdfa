"""Writing what is made up: many at once and without transactions, because whoever is stopped begins again."""

from pymongo import InsertOne, WriteConcern

from chassis.changes import Changes
from chassis.work import Room
from services.moments.generating.moments import PREFIX

_AN_HOUR = 3_600_000


async def write(room: Room, changes: Changes) -> None:
    """Write documents and projections. Nothing is said: other services do not hear of what is made up."""
    database = room.database.with_options(write_concern=WriteConcern(1))
    for collection, documents in changes.inserts.items():
        await database[collection].bulk_write([InsertOne(each) for each in documents], ordered=False)
    for collection, writes in changes.writes.items():
        await database[collection].bulk_write(list(writes), ordered=True)


async def settle(room: Room, tenant: str) -> None:
    """Let it all have been there for an hour: nobody reads it again as what has just changed."""
    where = {"_id": {"$gte": f"{tenant}|{PREFIX}", "$lt": f"{tenant}|{PREFIX}~"}}
    await room.database["standings"].update_many(
        where, [{"$set": {"changed_at": {"$subtract": ["$$NOW", _AN_HOUR]}}}]
    )


async def has_others(room: Room, tenant: str) -> bool:
    """Whether the region has moments that nobody made up."""
    others = [
        {"_id": {"$gt": f"{tenant}|", "$lt": f"{tenant}|{PREFIX}"}},
        {"_id": {"$gt": f"{tenant}|{PREFIX}~", "$lt": f"{tenant}}}"}},
    ]
    return await room.database["moments"].find_one({"$or": others}, {"_id": 1}) is not None


async def next_number(room: Room, tenant: str) -> int:
    """The number after the last moment that was made up."""
    where = {"_id": {"$gte": f"{tenant}|{PREFIX}", "$lt": f"{tenant}|{PREFIX}~"}}
    last = await room.database["moments"].find_one(where, {"_id": 1}, sort=[("_id", -1)])
    return 0 if last is None else int(last["_id"].rpartition("-")[2]) + 1
