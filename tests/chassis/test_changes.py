"""Changes are one write or none, and say what stood in their way."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pymongo import DeleteMany, DeleteOne, UpdateOne

from chassis.changes import Changes, SavedFirstError
from chassis.errors import DuplicateKeyError
from chassis.mongo import in_transaction
from chassis.testing import a_room
from chassis.work import Room
from tests.chassis.counting import SERVICE


@pytest_asyncio.fixture(loop_scope="function")
async def room(mongo_url: str, tenant: str) -> AsyncIterator[Room]:
    async with a_room(mongo_url, SERVICE, tenant) as room:
        await room.database["things"].insert_one({"_id": "there", "version": 3})
        yield room


async def applied(room: Room, changes: Changes) -> None:
    await in_transaction(room.client, lambda session: changes.apply(room.database, session))


async def everything(room: Room) -> dict[str, int]:
    return {name: await room.database[name].count_documents({}) for name in ("things", "others", "outbox")}


def some_changes() -> Changes:
    changes = Changes()
    changes.insert("others", {"_id": "new"})
    changes.write("things", UpdateOne({"_id": "more"}, {"$set": {"x": 1}}, upsert=True))
    changes.outbox.append({"_id": "said"})
    return changes


async def test_all_of_it_is_written(room: Room) -> None:
    await applied(room, some_changes())

    assert await everything(room) == {"things": 2, "others": 1, "outbox": 1}


async def test_a_stale_version_leaves_nothing_behind(room: Room) -> None:
    changes = some_changes()
    changes.replace("things", {"_id": "there", "version": 3}, version=2)

    with pytest.raises(SavedFirstError):
        await applied(room, changes)

    assert await everything(room) == {"things": 1, "others": 0, "outbox": 0}


async def test_a_duplicate_names_its_collection_and_leaves_nothing_behind(room: Room) -> None:
    changes = some_changes()
    changes.insert("things", {"_id": "there"})

    with pytest.raises(DuplicateKeyError) as refused:
        await applied(room, changes)

    assert refused.value.collection == "things"
    assert await everything(room) == {"things": 1, "others": 0, "outbox": 0}


async def test_a_write_that_must_match_so_many_refuses_any_other_number(room: Room) -> None:
    changes = some_changes()
    changes.exactly(2, "things", DeleteMany({"_id": {"$gte": "there"}}))

    with pytest.raises(SavedFirstError):
        await applied(room, changes)

    assert await everything(room) == {"things": 1, "others": 0, "outbox": 0}


async def test_a_write_that_must_match_refuses_when_it_does_not(room: Room) -> None:
    changes = some_changes()
    changes.exactly_one("things", DeleteOne({"_id": "nobody"}))

    with pytest.raises(SavedFirstError):
        await applied(room, changes)

    assert await everything(room) == {"things": 1, "others": 0, "outbox": 0}


async def test_a_position_that_another_process_took_is_a_reason_to_do_it_again(room: Room) -> None:
    await applied(room, some_changes())
    changes = Changes()
    changes.outbox.append({"_id": "said"})

    with pytest.raises(SavedFirstError):
        await applied(room, changes)


async def test_merged_changes_do_what_each_of_them_does(room: Room) -> None:
    other = Changes()
    other.replace("things", {"_id": "there", "version": 4}, version=3)
    other.aggregates.add("things|there")

    merged = some_changes().merge([other])
    await applied(room, merged)

    assert merged.aggregates == {"things|there"}
    assert await room.database["things"].find_one({"_id": "there"}) == {"_id": "there", "version": 4}
    assert await everything(room) == {"things": 2, "others": 1, "outbox": 1}


async def test_writes_of_one_collection_keep_their_order(room: Room) -> None:
    changes = Changes()
    changes.write("things", UpdateOne({"_id": "x"}, {"$push": {"log": 1}}, upsert=True))
    changes.write("things", UpdateOne({"_id": "x"}, {"$push": {"log": 2}}, upsert=True))
    changes.write("things", DeleteOne({"_id": "there"}))

    await applied(room, changes)

    assert await room.database["things"].find().to_list(None) == [{"_id": "x", "log": [1, 2]}]
