"""Reads that go together: each gets its own answer, and nobody's end is another's."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pymongo.errors import OperationFailure

from chassis.reading import Reads
from chassis.testing import a_room
from chassis.work import Room

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def room(mongo_url: str) -> AsyncIterator[Room]:
    async with a_room(mongo_url, "moments", "vgr") as room:
        await room.database["things"].insert_many([{"_id": f"t{number}"} for number in range(40)])
        yield room


async def test_reads_at_the_same_time_each_get_their_own(room: Room) -> None:
    reads = Reads(room.database, "things")

    answers = await asyncio.gather(*(reads.by_ids([f"t{number}", "missing"]) for number in range(40)))

    assert [[document["_id"] for document in answer] for answer in answers] == [[f"t{n}"] for n in range(40)]


async def test_two_who_ask_for_one_document_do_not_share_it(room: Room) -> None:
    reads = Reads(room.database, "things")

    answers = await asyncio.gather(*(reads.by_ids(["t1"]) for _ in range(5)))

    assert len({id(document) for answer in answers for document in answer}) == 5


async def test_a_read_sees_what_was_written_before_it_was_asked_for(room: Room) -> None:
    reads = Reads(room.database, "things")
    others = [asyncio.create_task(reads.by_ids([f"t{number}"])) for number in range(40)]
    await asyncio.sleep(0)
    await room.database["things"].update_one({"_id": "t7"}, {"$set": {"new": True}})

    [document] = await reads.by_ids(["t7"])

    assert document["new"]
    await asyncio.gather(*others)


async def test_who_stops_waiting_takes_nothing_from_the_others(room: Room) -> None:
    reads = Reads(room.database, "things")
    tasks = [asyncio.create_task(reads.by_ids([f"t{number}"])) for number in range(40)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()

    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])
    assert [answer[0]["_id"] for answer in answers[1::2]] == [f"t{n}" for n in range(1, 40, 2)]  # type: ignore[index]


async def test_a_failed_query_is_told_to_each_who_waits_and_the_next_is_made_anew(room: Room) -> None:
    by_zero = [{"$set": {"zero": 0}}, {"$set": {"impossible": {"$divide": [1, "$zero"]}}}]
    await room.database.create_collection("broken", viewOn="things", pipeline=by_zero)
    failing = Reads(room.database, "broken")

    answers = await asyncio.gather(*(failing.by_ids([f"t{n}"]) for n in range(5)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [OperationFailure] * 5
    with pytest.raises(OperationFailure):
        await failing.by_ids(["t1"])
