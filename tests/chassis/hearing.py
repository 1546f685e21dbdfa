"""A consumer on a real broker, what it hands over, and who says what to it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, ConsumerRecord

from chassis.consumer import Consumer
from chassis.mongo import UnavailableError
from chassis.relay import make_producer
from chassis.settings import Settings
from contracts.registry import heard_by
from deploy.embedded.kafka import Kafka
from tests.chassis.topics import Topics, topics_of
from tests.eventually import eventually


class Hands:
    """What a consumer hands its batches to: keeps them, or does as it is told."""

    def __init__(self) -> None:
        self.took: dict[int, list[int]] = defaultdict(list)
        self.records: list[ConsumerRecord] = []
        self.in_hand = asyncio.Event()
        self.fails: Callable[[], Awaitable[None]] | None = None
        # More than so many are not committed in time.
        self.most = 1000

    async def handle(self, records: Sequence[ConsumerRecord], *, look_first: bool = False) -> None:
        self.in_hand.set()
        if self.fails is not None:
            await self.fails()
        if len(records) > self.most:
            raise UnavailableError
        self.records += records
        for record in records:
            self.took[record.partition].append(record.offset)

    @property
    def count(self) -> int:
        return len(self.records)


class World:
    """A topic, a producer, and consumers of one group."""

    def __init__(self, kafka: Kafka, tenant: str, topics: Topics, producer: AIOKafkaProducer) -> None:
        self.kafka, self.tenant, self.topics, self.producer = kafka, tenant, topics, producer
        self.topic = f"{tenant}.moments.moment.v1"
        self.hands = Hands()

    def a_consumer(self, hands: Hands | None = None, instance: str | None = None) -> Consumer:
        settings = Settings(
            mongo_uri="mongodb://nowhere",
            kafka_bootstrap=self.kafka.bootstrap,
            secrets=Path(),
            instance=instance,
        )
        taken: Any = hands or self.hands
        return Consumer(settings, f"group-{self.tenant}", heard_by("flags"), taken)

    async def says(self, how_many: int, *, partitions: int = 4) -> None:
        sent = [
            await self.producer.send(self.topic, b"v", key=b"k", partition=n % partitions)
            for n in range(how_many)
        ]
        await asyncio.gather(*sent)

    async def committed(self) -> int:
        from confluent_kafka import Consumer as Reader
        from confluent_kafka import TopicPartition as Place

        def ask() -> int:
            reader = Reader({"bootstrap.servers": self.kafka.bootstrap, "group.id": f"group-{self.tenant}"})
            try:
                places = reader.committed([Place(self.topic, n) for n in range(4)], timeout=10)
                return sum(max(0, place.offset) for place in places)
            finally:
                reader.close()

        return await asyncio.to_thread(ask)


@asynccontextmanager
async def a_world(kafka: Kafka, tenant: str) -> AsyncIterator[World]:
    """A topic of moments of the tenant, and somebody who writes to it."""
    with topics_of(kafka.bootstrap, tenant, "moments.moment") as topics:
        producer = make_producer(bootstrap_servers=kafka.bootstrap)
        await producer.start()
        yield World(kafka, tenant, topics, producer)
        async with asyncio.timeout(10):
            await producer.stop()


@asynccontextmanager
async def started(consumer: Consumer) -> AsyncIterator[Consumer]:
    """The consumer, from its first share on until it has left."""
    await consumer.start()
    try:
        await eventually(lambda: consumer.assigned, timeout=20)
        yield consumer
    finally:
        async with asyncio.timeout(20):
            await consumer.stop()
