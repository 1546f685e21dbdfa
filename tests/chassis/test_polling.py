"""One partition that nobody can read costs no other a message, and goes on when it can be read."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka import TopicPartition as KafkaPartition
from confluent_kafka import Producer, TopicPartition

from chassis.consumer import Consumer
from deploy.embedded.kafka import Kafka
from tests.chassis.hearing import World, a_world, started
from tests.eventually import eventually

pytestmark = pytest.mark.timeout(60)


@pytest_asyncio.fixture(loop_scope="function")
async def world(kafka: Kafka, tenant: str) -> AsyncIterator[World]:
    async with a_world(kafka, tenant) as world:
        yield world


def says_what_nobody_can_read(world: World, partition: int) -> None:
    """A batch in a codec that readers do not have."""
    producer = Producer({"bootstrap.servers": world.kafka.bootstrap, "compression.type": "zstd"})
    producer.produce(world.topic, b"v" * 1000, key=b"k", partition=partition)
    assert producer.flush(10) == 0


def passes_over(world: World, partition: int, offset: int) -> None:
    """What an operator does about it: what nobody can read is deleted."""
    deleted = world.topics.admin.delete_records([TopicPartition(world.topic, partition, offset)])
    for future in deleted.values():
        future.result(10)


async def test_what_one_partition_cannot_be_read_of_costs_no_other_a_message(world: World) -> None:
    says_what_nobody_can_read(world, 1)
    await world.says(200)

    async with started(world.a_consumer()):
        await eventually(lambda: world.hands.count == 150)
        await world.says(200)
        await eventually(lambda: world.hands.count == 300)

    assert dict(world.hands.took) == {partition: list(range(100)) for partition in (0, 2, 3)}


async def test_what_was_fetched_beside_it_is_read_again_from_what_is_done(world: World) -> None:
    """aiokafka has left it behind by the time it stumbles over the other partition."""
    busy, tried = asyncio.Event(), asyncio.Event()

    async def waits() -> None:
        tried.set()
        await busy.wait()

    async with started(world.a_consumer()) as consumer:
        await world.says(40, partitions=1)
        await eventually(lambda: world.hands.count == 40)
        world.hands.fails = waits
        await world.says(1, partitions=1)
        await asyncio.wait_for(tried.wait(), 10)
        await world.says(50, partitions=1)
        await eventually(lambda: fetched(consumer, world, 0) > 41)
        says_what_nobody_can_read(world, 1)
        await eventually(lambda: fetched(consumer, world, 1) == 1)
        busy.set()
        await eventually(lambda: world.hands.count == 91)

    assert world.hands.took == {0: list(range(91))}


def fetched(consumer: Consumer, world: World, partition: int) -> int:
    """Up to which offset the client knows the partition; what is there has been fetched with it."""
    return consumer._subscriber.consumer.highwater(KafkaPartition(world.topic, partition)) or 0


async def test_a_partition_that_can_be_read_again_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.polling._HOLD_SECONDS", 0.5)
    says_what_nobody_can_read(world, 1)
    await world.says(40)

    async with started(world.a_consumer()):
        await eventually(lambda: world.hands.count == 30)
        passes_over(world, 1, 1)
        await eventually(lambda: world.hands.count == 40)

    assert world.hands.took[1] == list(range(1, 11))
