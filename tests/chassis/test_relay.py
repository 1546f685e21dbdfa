"""What is said reaches its topic in order per key, whatever is late, lost, missing or too large."""

import asyncio
import contextlib
from typing import Any

import pytest

from chassis import parking
from chassis.leases import Lease
from chassis.outbox import LARGEST_VALUE, outbox_id
from chassis.relay import PAGE, Relay, partition_of
from chassis.work import Room
from deploy.embedded.kafka import Kafka
from tests.chassis.relaying import a_document, a_relay, fill, is_empty, left, says
from tests.chassis.topics import Topics, in_first_order
from tests.eventually import eventually
from tests.running import running

pytestmark = pytest.mark.timeout(60)


async def test_everything_is_published_in_order_per_key_and_gone(
    room: Room, relay: Relay, topics: Topics, tenant: str
) -> None:
    written = await fill(room, tenant, 3 * PAGE + 7)

    assert await relay.drain() == 3 * PAGE + 7

    said = topics.read(f"{tenant}.flags.flag.v1")
    assert len(said) == 3 * PAGE + 7
    assert in_first_order(said) == written
    assert await left(room) == 0


async def test_the_envelope_says_whose_it_is_and_what_caused_it(
    room: Room, relay: Relay, topics: Topics, tenant: str
) -> None:
    trace = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
    [identity] = await says(room, tenant, "s0", trace=trace)

    await relay.drain()

    [said] = topics.read(f"{tenant}.flags.flag.v1")
    assert said.headers["ce_id"] == identity
    assert said.headers["ce_source"] == f"/{tenant}/flags"
    assert (said.headers["ce_tenant"], said.headers["ce_subject"]) == (tenant, "m1")
    assert said.headers["traceparent"] == trace


def test_a_keys_partition_never_changes() -> None:
    assert [partition_of(f"m{n}", 4) for n in range(6)] == [1, 3, 1, 3, 0, 2]


async def test_a_later_message_never_overtakes_an_earlier_one_that_was_committed_late(
    room: Room, relay: Relay, tenant: str
) -> None:
    """While a page is in flight, an aggregate's earlier message turns up behind it, and its next one ahead of it."""
    outbox = room.database["outbox"]
    await outbox.insert_many([a_document(tenant, position, "a") for position in (10, 20)])
    page = await relay._read(after=None)
    await outbox.insert_one(a_document(tenant, 15, "b"))
    await outbox.insert_one(a_document(tenant, 30, "b"))

    assert await relay._read(after=page) == []

    await relay._delete(page)
    assert [document["_id"] for document in await relay._read(after=None)] == [
        outbox_id(15, "b"),
        outbox_id(30, "b"),
    ]


async def test_the_page_ahead_is_read_while_one_is_in_flight(room: Room, relay: Relay, tenant: str) -> None:
    outbox = room.database["outbox"]
    await outbox.insert_many([a_document(tenant, position, "a") for position in (10, 20)])
    page = await relay._read(after=None)
    await outbox.insert_one(a_document(tenant, 30, "b"))

    assert [document["_id"] for document in await relay._read(after=page)] == [outbox_id(30, "b")]


async def test_reading_ahead_may_take_longer_than_the_broker(
    room: Room, relay: Relay, topics: Topics, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the page in flight deleted under it, it would look as if something had come late."""
    await fill(room, tenant, PAGE + 7)
    acknowledged, deleted = asyncio.Event(), asyncio.Event()
    read, wait, delete = relay._read, relay._shipping.acknowledged, relay._delete

    async def read_slowly(after: Any) -> Any:
        if after is not None:
            await acknowledged.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(deleted.wait(), 0.3)
        return await read(after)

    async def tell_of_acknowledging(shipments: Any) -> Any:
        landed = await wait(shipments)
        acknowledged.set()
        return landed

    async def tell_of_deleting(page: Any) -> None:
        await delete(page)
        deleted.set()

    monkeypatch.setattr(relay, "_read", read_slowly)
    monkeypatch.setattr(relay._shipping, "acknowledged", tell_of_acknowledging)
    monkeypatch.setattr(relay, "_delete", tell_of_deleting)

    assert await relay.drain() == PAGE + 7


async def test_a_message_that_no_topic_takes_is_dead_and_can_be_replayed_or_discarded(
    room: Room, relay: Relay, topics: Topics, tenant: str
) -> None:
    outbox = room.database["outbox"]
    large = a_document(tenant, 20, "b") | {"value": b"x" * (LARGEST_VALUE + 1)}
    await outbox.insert_many([a_document(tenant, 10, "a"), large, a_document(tenant, 30, "c")])

    assert await relay.drain() == 2

    [dead] = await parking.list_dead(room.database, tenant=tenant)
    assert (dead.type, dead.error) == ("se.sob.FlagHandled.v1", "too-large")
    assert await left(room) == 0
    await parking.replay(room.database, dead.id)
    assert await left(room) == 1
    assert await parking.list_dead(room.database) == []
    await relay.drain()
    await parking.discard(room.database, dead.id)


async def test_large_messages_go_in_several_batches_in_order(
    room: Room, relay: Relay, topics: Topics, tenant: str
) -> None:
    padding = {"value": b"x" * 200_000}
    await room.database["outbox"].insert_many([a_document(tenant, n, "a") | padding for n in range(9)])

    assert await relay.drain() == 9

    said = topics.read(f"{tenant}.flags.flag.v1")
    assert [each.id for each in said] == [outbox_id(n, "a") for n in range(9)]


async def test_a_lease_that_is_lost_in_the_middle_ends_the_draining_after_the_page(
    room: Room, relay: Relay, topics: Topics, tenant: str
) -> None:
    await fill(room, tenant, 3 * PAGE)
    answers = iter([True, False])

    assert await relay.drain(lambda: next(answers)) == PAGE

    assert await left(room) == 2 * PAGE
    assert len(topics.read(f"{tenant}.flags.flag.v1")) == PAGE


async def test_of_two_relays_one_publishes_and_the_other_takes_over(
    room: Room, relay: Relay, kafka: Kafka, topics: Topics, tenant: str
) -> None:
    written: dict[str, list[str]] = {}
    async with a_relay(room, kafka) as other:
        async with running(other, Lease(room.database, "relay", "other", 1)):
            async with running(relay, Lease(room.database, "relay", "first", 1)):
                written = await fill(room, tenant, 600)
                await eventually(lambda: is_empty(room))
            more = await fill(room, tenant, 600)
            await eventually(lambda: is_empty(room))
        assert relay.published + other.published == 1200

    said = topics.read(f"{tenant}.flags.flag.v1")
    assert len(said) == 1200
    assert in_first_order(said) == {key: written[key] + more[key] for key in written}


async def test_a_sleeping_relay_wakes_at_once(room: Room, relay: Relay, topics: Topics, tenant: str) -> None:
    async with running(relay, Lease(room.database, "relay", "me", 2)):
        await says(room, tenant, "s0")
        await eventually(lambda: is_empty(room))
        loop = asyncio.get_running_loop()
        slowest = 0.0
        for number in range(5):
            began = loop.time()
            await says(room, tenant, f"t{number}")
            await eventually(lambda: is_empty(room))
            slowest = max(slowest, loop.time() - began)

    assert slowest < 0.9, "it must not have to wait until the next look"
