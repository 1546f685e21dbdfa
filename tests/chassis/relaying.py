"""An outbox, a relay that empties it, and what a test puts in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.outbox import outbox_id
from chassis.relay import Producer, Relay
from chassis.testing import committed
from chassis.work import Room
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import SERVICE, Counting, count, handled


@asynccontextmanager
async def a_relay(room: Room, kafka: Kafka) -> AsyncIterator[Relay]:
    producer = Producer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    try:
        yield Relay(SERVICE, room.client, room.database, producer)
    finally:
        async with asyncio.timeout(10):
            await producer.stop()


async def says(room: Room, tenant: str, *steps: str, key: str = "m1", trace: str | None = None) -> list[str]:
    """Say one message per step about the key; their ids in order."""
    for step in steps:
        work = Counting(room, tenant, trace=trace)
        await count(key, step, work)
        await committed(room, work)
    found = await room.database["outbox"].find({"key": key}).sort("_id", 1).to_list(None)
    return [document["_id"] for document in found]


async def fill(room: Room, tenant: str, how_many: int, *, keys: int = 20) -> dict[str, list[str]]:
    """An outbox full of messages; the ids of each key in order."""
    work = Counting(room, tenant)
    for number in range(how_many):
        work.say(handled(f"m{number % keys}", number), about=f"m{number % keys}")
    await committed(room, work)
    found = await room.database["outbox"].find().sort("_id", 1).to_list(None)
    by_key: dict[str, list[str]] = {}
    for document in found:
        by_key.setdefault(document["key"], []).append(document["_id"])
    return by_key


async def left(room: Room) -> int:
    return int(await room.database["outbox"].count_documents({}))


async def is_empty(room: Room) -> bool:
    return not await left(room)


def a_document(tenant: str, position: int, about: str, topic: str = "flags.flag") -> dict[str, Any]:
    return {
        "_id": outbox_id(position, about),
        "topic": f"{tenant}.{topic}.v1",
        "key": about,
        "type": "se.sob.FlagHandled.v1",
        "time": "2026-11-20T11:00:00+00:00",
        "trace": None,
        "value": handled(about).model_dump_json().encode(),
    }
