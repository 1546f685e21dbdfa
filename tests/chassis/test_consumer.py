"""The consumer hands over what is its own as it came, and no offset passes what has not been handled."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from chassis.consumer import BATCH, Consumer, pattern_of
from chassis.mongo import UnavailableError
from contracts.registry import TOPICS, heard_by
from deploy.embedded.kafka import Kafka
from tests.chassis.hearing import Hands, World, a_world, started
from tests.eventually import eventually

pytestmark = pytest.mark.timeout(60)


@pytest_asyncio.fixture(loop_scope="function")
async def world(kafka: Kafka, tenant: str) -> AsyncIterator[World]:
    async with a_world(kafka, tenant) as world:
        yield world


def test_one_pattern_reads_exactly_the_topics_of_every_tenant() -> None:
    pattern = pattern_of(heard_by("flags"))
    mine = {f"vgr.{topic.service}.{topic.stream}.v1" for topic in heard_by("flags")}

    everything = {
        f"{tenant}.{t.service}.{t.stream}.v{v}" for t in TOPICS for tenant in ("vgr",) for v in (1, 10, 2)
    }
    assert {name for name in everything if re.match(pattern, name)} == mine
    assert re.match(pattern, "rjl.moments.moment.v1")
    assert not re.match(pattern, "x.vgr.moments.moment.v1")
    assert not re.match(pattern, "vgr.moments.momentXv1")


async def test_everything_is_handed_over_in_order_and_committed(world: World) -> None:
    async with started(world.a_consumer()):
        await world.says(200)
        await eventually(lambda: world.hands.count == 200)
        await eventually(lambda: has_committed(world, 200))

    assert all(offsets == list(range(50)) for offsets in world.hands.took.values())


async def has_committed(world: World, offsets: int) -> bool:
    return await world.committed() == offsets


async def test_headers_and_bodies_come_as_they_are(world: World) -> None:
    headers = [("ce_id", b"\xff\xfe"), ("empty", None)]
    async with started(world.a_consumer()):
        await world.producer.send_and_wait(world.topic, None, key=b"\xff", partition=0, headers=headers)
        await eventually(lambda: world.hands.count == 1)

    [record] = world.hands.records
    assert (record.key, record.value) == (b"\xff", None)
    assert [(name, value) for name, value in record.headers] == headers


async def test_a_batch_that_waits_for_the_database_is_handled_when_it_is_back(world: World) -> None:
    away = asyncio.Event()

    async def fails() -> None:
        if not away.is_set():
            raise UnavailableError

    world.hands.fails = fails
    async with started(world.a_consumer()):
        await world.says(40)
        await eventually(lambda: world.hands.fails is not None)
        assert await world.committed() == 0
        away.set()
        await eventually(lambda: world.hands.count == 40)
        await eventually(lambda: has_committed(world, 40))


async def test_a_batch_that_cannot_be_committed_in_time_is_handled_in_smaller_parts(world: World) -> None:
    world.hands.most = 7
    await world.says(20, partitions=1)
    async with started(world.a_consumer()):
        await eventually(lambda: has_committed(world, 20), timeout=20)

    assert world.hands.took[0] == list(range(20))


async def never() -> None:
    raise UnavailableError


async def test_it_stops_at_once_while_a_batch_waits_for_the_database(world: World) -> None:
    tried = asyncio.Event()

    async def fails() -> None:
        tried.set()
        raise UnavailableError

    world.hands.fails = fails
    consumer = world.a_consumer()
    async with started(consumer):
        await world.says(40)
        await asyncio.wait_for(tried.wait(), 10)
        began = time.monotonic()
        await consumer.stop()
        assert time.monotonic() - began < 8

    assert await world.committed() == 0


async def test_a_rebalance_does_not_wait_for_an_absent_database(world: World) -> None:
    """The other one has its database, and gets its share."""
    tried = asyncio.Event()

    async def fails() -> None:
        tried.set()
        raise UnavailableError

    world.hands.fails = fails
    async with started(world.a_consumer()):
        await world.says(40)
        await asyncio.wait_for(tried.wait(), 10)
        other = Hands()
        async with started(world.a_consumer(other)):
            await eventually(lambda: other.count == 20, timeout=20)
        world.hands.fails = None
        await eventually(lambda: {*all_of(world.hands), *all_of(other)} == expected(40), timeout=20)


@pytest.fixture
def held(world: World) -> asyncio.Event:
    """What is handed over stays in hand until this is set."""
    may_go_on = asyncio.Event()

    async def holds() -> None:
        await may_go_on.wait()

    world.hands.fails = holds
    return may_go_on


async def test_whoever_stops_begins_no_further_batch_of_what_it_has_fetched(
    world: World, held: asyncio.Event
) -> None:
    """A poll brings four batches, and the last three may take longer than a stopping process has."""
    await world.says(4 * BATCH, partitions=1)
    async with started(world.a_consumer()) as consumer:
        await asyncio.wait_for(world.hands.in_hand.wait(), 10)
        stopping = asyncio.create_task(consumer.stop())
        await eventually(lambda: consumer._stopping)
        held.set()
        await stopping

    assert world.hands.took[0] == list(range(BATCH))
    other = Hands()
    async with started(world.a_consumer(other)):
        await eventually(lambda: has_committed(world, 4 * BATCH), timeout=20)
    assert other.took[0] == list(range(4 * BATCH))


async def test_whoever_gives_partitions_back_begins_no_further_batch_and_nothing_is_lost(
    world: World, held: asyncio.Event
) -> None:
    await world.says(4 * BATCH, partitions=1)
    other = Hands()
    async with started(world.a_consumer()) as consumer:
        await asyncio.wait_for(world.hands.in_hand.wait(), 10)
        async with AsyncExitStack() as stack:
            joining = asyncio.create_task(stack.enter_async_context(started(world.a_consumer(other))))
            await eventually(lambda: consumer._giving_back, timeout=20)
            held.set()
            await joining
            await eventually(lambda: has_committed(world, 4 * BATCH), timeout=20)

    assert world.hands.took[0] + other.took[0] == [*range(BATCH), *range(4 * BATCH)]


def all_of(hands: Hands) -> set[tuple[int, int]]:
    return {(partition, offset) for partition, offsets in hands.took.items() for offset in offsets}


def expected(how_many: int) -> set[tuple[int, int]]:
    return {(n % 4, n // 4) for n in range(how_many)}


async def test_a_rebalance_in_flight_waits_for_the_batch_and_loses_nothing(world: World) -> None:
    async def slowly() -> None:
        await asyncio.sleep(0.3)

    world.hands.fails = slowly
    other = Hands()
    async with started(world.a_consumer()):
        await world.says(400)
        await eventually(lambda: world.hands.count)
        async with started(world.a_consumer(other)):
            await world.says(400)
            await eventually(lambda: {*all_of(world.hands), *all_of(other)} == expected(800), timeout=20)
            await eventually(lambda: has_committed(world, 800))

    assert other.count
    for hands in (world.hands, other):
        assert all(offsets == sorted(offsets) for offsets in hands.took.values())


async def test_what_is_handled_again_after_a_failure_is_what_failed(world: World) -> None:
    """An error that leaves the batch does not let a later commit pass over it."""
    failed: list[int] = []

    async def once() -> None:
        if not failed:
            failed.append(1)
            raise asyncio.CancelledError

    world.hands.fails = once
    async with started(world.a_consumer()) as consumer:
        await world.says(40, partitions=1)
        await eventually(lambda: world.hands.count >= 40)
        await world.says(10, partitions=1)
        await eventually(lambda: world.hands.count >= 50)
        assert consumer.alive

    assert sorted(set(world.hands.took[0])) == list(range(50))


async def test_a_dead_consume_loop_is_told(world: World) -> None:
    async with started(world.a_consumer()) as consumer:
        assert consumer.alive

        consumer._subscriber.tasks[0].cancel()

        await eventually(lambda: not consumer.alive)


async def test_a_restarted_consume_loop_is_alive_and_goes_on(world: World) -> None:
    async with started(world.a_consumer()) as consumer:
        poll = consumer._subscriber.get_msg

        async def broken(kafka: Any) -> Any:
            consumer._subscriber.get_msg = poll
            raise LookupError

        consumer._subscriber.get_msg = broken
        await eventually(lambda: len(consumer._subscriber.tasks) > 1)
        await world.says(8)
        await eventually(lambda: world.hands.count == 8)

        assert consumer.alive


async def test_lag_counts_what_is_not_handled_also_while_it_is_in_hand(world: World) -> None:
    world.hands.fails = never
    async with started(world.a_consumer()) as consumer:
        await world.says(40)
        await eventually(lambda: lags(consumer, 40))
        world.hands.fails = None
        await eventually(lambda: lags(consumer, 0))


async def lags(consumer: Consumer, messages: int) -> bool:
    return await consumer.lag() == messages
