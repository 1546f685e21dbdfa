"""One partition that nobody can read costs no message, its own or another's, and goes on when it can be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError, UnsupportedCodecError
from confluent_kafka import ConsumerGroupTopicPartitions, Producer, TopicPartition
from structlog.testing import capture_logs

from chassis.consumer import Consumer
from chassis.polling import Polling
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


def goes_on_at(world: World, partition: int, offset: int) -> None:
    """What an operator does about it while no worker runs."""
    place = TopicPartition(world.topic, partition, offset)
    group = ConsumerGroupTopicPartitions(f"group-{world.tenant}", [place])
    for future in world.topics.admin.alter_consumer_group_offsets([group]).values():
        assert future.result(10).topic_partitions[0].error is None


def loses(world: World, partition: int, offset: int) -> None:
    """What retention does in the end: what nobody can read is there no longer."""
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
        loses(world, 1, 1)
        await eventually(lambda: world.hands.count == 40)

    assert world.hands.took[1] == list(range(1, 11))


async def test_what_stands_in_front_of_what_cannot_be_read_is_handled(world: World) -> None:
    await world.says(400)
    says_what_nobody_can_read(world, 1)

    with capture_logs() as logs:
        async with started(world.a_consumer()):
            await eventually(lambda: world.hands.count == 400)
            await eventually(lambda: held_back(logs) == [(1, 100)])

    assert world.hands.took == {partition: list(range(100)) for partition in range(4)}
    assert await world.committed() == 400


async def test_the_cure_passes_over_nothing_but_what_cannot_be_read(world: World) -> None:
    await world.says(40)
    says_what_nobody_can_read(world, 1)
    await world.says(40)
    async with started(world.a_consumer()):
        await eventually(lambda: world.hands.count == 70)

    goes_on_at(world, 1, 11)

    async with started(world.a_consumer()):
        await eventually(lambda: world.hands.count == 80)
    assert world.hands.took[1] == [*range(10), *range(11, 21)]


async def test_a_rebalance_does_not_make_others_wait_for_what_cannot_be_read(world: World) -> None:
    says_what_nobody_can_read(world, 1)
    await world.says(40)

    async with started(world.a_consumer()) as consumer:
        await eventually(lambda: world.hands.count == 30)
        kafka: Any = consumer._subscriber.consumer
        before = kafka._subscription.subscription.assignment
        kafka._coordinator.request_rejoin()
        await eventually(lambda: not before.active)
        await eventually(lambda: kafka.paused() == {KafkaPartition(world.topic, 1)})
        await world.says(40)
        await eventually(lambda: world.hands.count == 60)


async def test_what_concerns_all_is_blamed_on_no_partition(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.says(4)
    async with joined(world) as kafka:
        await dies(kafka, monkeypatch)
        with capture_logs() as logs, pytest.raises(KafkaError):
            await Polling(nothing_done(world)).poll(kafka)

    assert held_back(logs) == []


async def test_what_was_read_before_all_failed_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.says(4)
    polling = Polling(nothing_done(world))
    async with joined(world) as kafka:
        read = kafka.getmany
        heard: set[KafkaPartition] = set()

        async def fails_at_the_second(*partitions: KafkaPartition, **how: Any) -> Any:
            heard.update(partitions)
            if not partitions:
                raise UnsupportedCodecError
            if len(heard) > 1:
                raise KafkaError
            return await read(*partitions, **how)

        monkeypatch.setattr(kafka, "getmany", fails_at_the_second)
        with pytest.raises(KafkaError):
            await polling.poll(kafka)
        monkeypatch.setattr(kafka, "getmany", read)

        found: set[int] = set()

        async def has_all() -> bool:
            found.update(record.partition for record in await polling.poll(kafka))
            return found == set(range(4))

        await eventually(has_all)


async def test_where_idle_partitions_stand_is_asked_for_side_by_side(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow broker's answers are not waited for one after another."""
    says_what_nobody_can_read(world, 1)
    asked: set[KafkaPartition] = set()
    all_asked = asyncio.Event()
    monkeypatch.setattr("chassis.polling._GO_BACK_SECONDS", 2)

    async with joined(world) as kafka:
        committed = kafka.committed

        async def is_slow(partition: KafkaPartition) -> Any:
            asked.add(partition)
            if len(asked) == 4:
                all_asked.set()
            await all_asked.wait()
            return await committed(partition)

        monkeypatch.setattr(kafka, "committed", is_slow)
        polling = Polling({})
        with capture_logs() as logs:

            async def has_held_back() -> bool:
                await polling.poll(kafka)
                return held_back(logs) == [(1, 0)]

            await eventually(has_held_back)


def held_back(logs: Any) -> list[tuple[int, int]]:
    return [(log["partition"], log["offset"]) for log in logs if log["event"] == "partition-held-back"]


def nothing_done(world: World) -> dict[KafkaPartition, int]:
    return {KafkaPartition(world.topic, partition): 0 for partition in range(4)}


@asynccontextmanager
async def joined(world: World) -> AsyncIterator[AIOKafkaConsumer]:
    """A client of the group with its share, for who polls by hand."""
    kafka = AIOKafkaConsumer(
        world.topic,
        bootstrap_servers=world.kafka.bootstrap,
        group_id=f"group-{world.tenant}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await kafka.start()
    try:
        await eventually(lambda: len(kafka.assignment()) == 4)
        yield kafka
    finally:
        async with asyncio.timeout(20):
            await kafka.stop()


async def dies(kafka: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps the client in its group ends, and every poll says so."""

    async def fails(assignment: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(kafka._coordinator, "_maybe_do_autocommit", fails)
    kafka._coordinator.request_rejoin()
    await eventually(kafka._coordinator._coordination_task.done)
