"""Two processes write the same aggregates while the relay is killed again and again: nothing lost, all in order."""

import asyncio
import json
import random
from collections import Counter as Tally
from pathlib import Path

import pytest

from chassis.testing import a_room
from chassis.work import Room
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import SERVICE
from tests.chassis.topics import Said, topics_of
from tests.eventually import eventually
from tests.faults.processes import Program, programs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

KILLS = 10


async def written(room: Room) -> dict[str, int]:
    """How many messages each aggregate has said."""
    found = await room.database["counters"].find({}, {"counter": 1, "steps": 1}).to_list(None)
    return {document["counter"]: len(document["steps"]) for document in found}


async def published(room: Room) -> int:
    return sum((await written(room)).values()) - int(await room.database["outbox"].count_documents({}))


def numbers(said: list[Said]) -> dict[str, list[int]]:
    """Each aggregate's messages by number, in the order in which they came first."""
    by_key: dict[str, dict[int, None]] = {}
    for each in said:
        by_key.setdefault(each.key, {})[int(json.loads(each.value)["flag_id"].removeprefix("f-"))] = None
    return {key: list(found) for key, found in by_key.items()}


async def test_kills_of_the_relay_lose_nothing_and_reorder_nothing(
    mongo_url: str, kafka: Kafka, tenant: str, tmp_path: Path
) -> None:
    async with a_room(mongo_url, SERVICE, tenant) as room:
        with topics_of(kafka.bootstrap, tenant, "flags.flag") as topics:
            name = room.database.name
            relay = Program(
                "tests.faults.relaying", tmp_path / "relay.log", mongo_url, name, kafka.bootstrap, "r"
            )
            writers = [
                Program("tests.faults.writing", tmp_path / f"{who}.log", mongo_url, name, tenant, who)
                for who in ("a", "b")
            ]
            with programs(relay, *writers):
                for _ in range(KILLS):
                    enough = await published(room) + random.randrange(20, 300)
                    await eventually(lambda enough=enough: has_published(room, enough), timeout=30)
                    relay.kill()
                    relay.start()
                for writer in writers:
                    assert await asyncio.to_thread(writer.end) == 0, writer.said()
                await eventually(lambda: is_empty(room), timeout=30)

            said = topics.read(f"{tenant}.flags.flag.v1")
            expected = {key: list(range(1, count + 1)) for key, count in (await written(room)).items()}
            repeats = sum(count - 1 for count in Tally(each.id for each in said).values())
            print(f"kills {KILLS}, messages {sum(map(len, expected.values()))}, repeats {repeats}")
            assert numbers(said) == expected
            assert repeats <= 500 * KILLS


async def has_published(room: Room, enough: int) -> bool:
    return await published(room) >= enough


async def is_empty(room: Room) -> bool:
    return not await room.database["outbox"].count_documents({})
