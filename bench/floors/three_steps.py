"""Floors of `latency_*`, at the same steady rate, each bare: relay acknowledgement, produce to consume, batch of one.

The first is a change stream on an outbox and a producer: from a commit until the broker has acknowledged. The second
is a producer and a consumer. The third is one transaction with an inbox id, an effect and an outbox document.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import WriteConcern
from pymongo.read_concern import ReadConcern

from bench.acting import Task, act
from bench.people import TENANT
from bench.seeds import counter_id, outbox_document
from chassis.clock import SystemClock, position
from chassis.consumer import kafka_connection
from chassis.mongo import Client, Database, connect, database
from chassis.relay import make_producer
from chassis.settings import Settings, read_settings

# A topic that nobody else reads or writes while this runs.
TOPIC = f"{TENANT}.moments.access.v1"
_DURABLE = WriteConcern("majority", j=True)


async def open_tasks() -> Mapping[str, Task]:
    settings = read_settings(Settings)
    client = connect(settings.mongo_uri)
    own = database(client, "floor")
    producer = make_producer(**kafka_connection(settings))
    await producer.start()
    kafka = AIOKafkaConsumer(TOPIC, group_id=None, auto_offset_reset="latest", **kafka_connection(settings))
    await kafka.start()
    await kafka.seek_to_end()
    for partition in kafka.assignment():
        # Only asking makes it look where the end is, and what comes before it has looked would be missed.
        await kafka.position(partition)

    async def relay(messages: int, per_second: float) -> dict[str, Any]:
        return {"took": await _relayed(client, own, producer, messages, per_second)}

    async def produce(messages: int, per_second: float) -> dict[str, Any]:
        return {"took": await _produced(producer, kafka, messages, per_second)}

    async def handle(messages: int, per_second: float) -> dict[str, Any]:
        return {"took": await _handled(client, own, messages, per_second)}

    return {"relay": relay, "produce": produce, "handle": handle}


async def _relayed(
    client: Client, own: Database, producer: AIOKafkaProducer, messages: int, per_second: float
) -> list[float]:
    outbox = own.get_collection("outbox", read_concern=ReadConcern("majority"))
    committed: dict[str, float] = {}
    acknowledged: dict[str, float] = {}

    async def write(number: int) -> None:
        document = outbox_document(position(), counter_id(number))
        async with await client.start_session() as session, session.start_transaction(write_concern=_DURABLE):
            await outbox.insert_one(document, session=session)
        committed[document["_id"]] = time.perf_counter()

    # Opened before anything is written: the first look opens it.
    stream = outbox.watch([{"$match": {"operationType": "insert"}}], max_await_time_ms=1000)
    await stream.try_next()

    async def publish() -> None:
        while len(acknowledged) < messages:
            await stream.try_next()
            for document in await outbox.find().sort("_id", 1).limit(500).to_list(None):
                await producer.send_and_wait(TOPIC, document["value"], key=document["key"].encode())
                acknowledged[document["_id"]] = time.perf_counter()
                await outbox.delete_one({"_id": document["_id"]})

    await asyncio.gather(_steadily(write, messages, per_second), publish())
    await stream.close()
    return [acknowledged[identity] - at for identity, at in committed.items()]


async def _produced(
    producer: AIOKafkaProducer, kafka: AIOKafkaConsumer, messages: int, per_second: float
) -> list[float]:
    sent: dict[bytes, float] = {}
    took: list[float] = []

    async def send(number: int) -> None:
        document = outbox_document(position(), counter_id(number))
        sent[document["_id"].encode()] = time.perf_counter()
        await producer.send_and_wait(TOPIC, document["value"], key=document["_id"].encode())

    async def hear() -> None:
        while len(took) < messages:
            for records in (await kafka.getmany(timeout_ms=1000)).values():
                now = time.perf_counter()
                took.extend(now - sent[record.key] for record in records if record.key in sent)

    await asyncio.gather(_steadily(send, messages, per_second), hear())
    return took


async def _handled(client: Client, own: Database, messages: int, per_second: float) -> list[float]:
    took: list[float] = []

    async def handle(number: int) -> None:
        document = outbox_document(position(), counter_id(number))
        began = time.perf_counter()
        async with await client.start_session() as session, session.start_transaction(write_concern=_DURABLE):
            claim = {"_id": document["_id"], "expires_at": SystemClock().now()}
            await own["inbox"].insert_one(claim, session=session)
            await own["tallies"].update_one(
                {"_id": f"{TENANT}|{counter_id(number)}"}, {"$inc": {"count": 1}}, session=session
            )
            await own["said"].insert_one(document, session=session)
        took.append(time.perf_counter() - began)

    await _steadily(handle, messages, per_second)
    return took


async def _steadily(do: Callable[[int], Awaitable[None]], messages: int, per_second: float) -> None:
    began = time.perf_counter()
    tasks = []
    for number in range(messages):
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        tasks.append(asyncio.ensure_future(do(number)))
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    act(open_tasks)
