"""A topic that is missing, refused or not answered for stops no other, and gets its messages in order afterwards."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from chassis.mongo import UnavailableError
from chassis.outbox import outbox_id
from chassis.provision.broker import Broker
from chassis.relay import Producer, Relay
from chassis.settings import KafkaSettings
from chassis.work import Room
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import SERVICE
from tests.chassis.relaying import a_document, is_empty, left, says
from tests.chassis.topics import Topics, in_first_order
from tests.eventually import eventually

pytestmark = pytest.mark.timeout(60)


async def test_a_missing_topic_holds_back_its_own_messages_alone(
    room: Room, relay: Relay, topics: Topics, tenant: str
) -> None:
    await room.database["outbox"].insert_many(
        [a_document(tenant, n, f"x{n}", "flags.missing" if n % 3 == 0 else "flags.flag") for n in range(60)]
    )

    async with asyncio.timeout(15):
        assert await relay.drain() == 40
        assert await left(room) == 20
        await says(room, tenant, "s0")
        assert await relay.drain() == 1

    topics.make(f"{tenant}.flags.missing.v1")
    relay._shipping.let_go(all_of_them=True)
    assert await relay.drain() == 20
    held_back = in_first_order(topics.read(f"{tenant}.flags.missing.v1"))
    assert held_back == {f"x{n}": [outbox_id(n, f"x{n}")] for n in range(0, 60, 3)}


async def test_a_topic_that_was_deleted_in_use_stops_no_other_and_gets_its_messages_once_it_is_back(
    room: Room, relay: Relay, topics: Topics, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka would try them for ever: they would land once more when it is back, beside those sent anew."""
    monkeypatch.setattr("chassis.shipping._GRACE_SECONDS", 1.0)
    await says(room, tenant, "s0")
    await room.database["outbox"].insert_one(a_document(tenant, 5, "a", "flags.audit"))
    await relay.drain()
    topics.delete(f"{tenant}.flags.flag.v1")
    written = await says(room, tenant, "s1", "s2")
    await room.database["outbox"].insert_one(a_document(tenant, 6, "b", "flags.audit"))

    async with asyncio.timeout(30):
        await relay.drain()

    assert {said.key for said in topics.read(f"{tenant}.flags.audit.v1")} == {"a", "b"}
    assert await left(room) == 2
    topics.make(f"{tenant}.flags.flag.v1")
    await eventually(lambda: drained(room, relay))
    assert [said.id for said in topics.read(f"{tenant}.flags.flag.v1")] == written


async def drained(room: Room, relay: Relay) -> bool:
    """Whether nothing is left, after another look at what was held back."""
    relay._shipping.let_go(all_of_them=True)
    await relay.drain()
    return await is_empty(room)


async def test_a_topic_that_refuses_for_a_moment_goes_on_where_it_stopped(
    room: Room, relay: Relay, topics: Topics, tenant: str
) -> None:
    """The refused batch has taken its sequence numbers: behind that gap no producer gets on."""
    topic = f"{tenant}.flags.flag.v1"
    broker = Broker(KafkaSettings(kafka_bootstrap=topics.bootstrap), lambda *_: None)
    written = await says(room, tenant, "s0")
    await relay.drain()
    broker.set_settings({topic: {"max.message.bytes": "100"}})

    async def is_refused() -> bool:
        written[:] = [*written, *await says(room, tenant, "s")]
        await relay.drain()
        return not await is_empty(room)

    await eventually(is_refused)
    broker.set_settings({topic: {"max.message.bytes": "1048588"}})
    await eventually(lambda: drained(room, relay))

    assert in_first_order(topics.read(topic)) == {"m1": written}


class Deaf(Producer):
    """A producer whose broker answers nothing for some topics, or late."""

    def __init__(self, **connection: Any) -> None:
        super().__init__(**connection)
        self.to: frozenset[str] = frozenset()
        self.late: float | None = None

    async def start(self) -> None:
        await super().start()
        send = self.current.send_batch

        async def send_batch(batch: Any, topic: str, *, partition: int) -> Any:
            if topic not in self.to:
                return await send(batch, topic, partition=partition)
            loop = asyncio.get_running_loop()
            answer = loop.create_future()
            if self.late is not None:
                told = await (await send(batch, topic, partition=partition))
                loop.call_later(self.late, answer.set_result, told)
            return answer

        self.current.send_batch = send_batch


@pytest_asyncio.fixture(loop_scope="function")
async def deaf(kafka: Kafka) -> AsyncIterator[Deaf]:
    producer = Deaf(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    yield producer
    async with asyncio.timeout(10):
        await producer.stop()


async def test_a_topic_that_is_not_answered_for_while_others_are_holds_back_its_own_alone(
    room: Room, deaf: Deaf, topics: Topics, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.shipping._GRACE_SECONDS", 0.3)
    relay = Relay(SERVICE, room.client, room.database, deaf)
    audit = f"{tenant}.flags.audit.v1"
    deaf.to = frozenset({audit})
    await room.database["outbox"].insert_many(
        [a_document(tenant, n, f"x{n % 10}", "flags.audit" if n % 2 else "flags.flag") for n in range(60)]
    )

    assert await relay.drain() == 30
    relay._shipping.let_go(all_of_them=True)
    # Alone in the page now, and known for it.
    assert await relay.drain() == 0
    await says(room, tenant, "s0")
    assert await relay.drain() == 1
    assert await left(room) == 30
    # It is tried ever more seldom, since the others wait each time.
    assert relay._shipping._silent == {audit: 10.0}

    deaf.to = frozenset()
    await eventually(lambda: drained(room, relay))
    assert in_first_order(topics.read(audit)) == {
        f"x{key}": [outbox_id(n, f"x{key}") for n in range(60) if n % 10 == key] for key in (1, 3, 5, 7, 9)
    }
    assert relay._shipping._silent == {}


async def test_a_topic_that_is_answered_for_late_is_waited_for_ever_longer_until_its_answers_count(
    room: Room, deaf: Deaf, topics: Topics, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker has appended it each time: whoever gives up too early appends it again, for ever."""
    monkeypatch.setattr("chassis.shipping._GRACE_SECONDS", 0.5)
    relay = Relay(SERVICE, room.client, room.database, deaf)
    audit = f"{tenant}.flags.audit.v1"
    deaf.to, deaf.late = frozenset({audit}), 1.1
    await says(room, tenant, "s0")
    await room.database["outbox"].insert_one(a_document(tenant, 5, "a", "flags.audit"))

    await eventually(lambda: drained(room, relay))
    tries = len(topics.read(audit))
    assert tries <= 3
    # As long as it is late, it is known for it.
    await says(room, tenant, "s1")
    await room.database["outbox"].insert_one(a_document(tenant, 6, "b", "flags.audit"))
    assert await relay.drain() == 2
    assert sorted(said.key for said in topics.read(audit)) == ["a"] * tries + ["b"]

    deaf.to = frozenset()
    await room.database["outbox"].insert_one(a_document(tenant, 7, "c", "flags.audit"))
    assert await relay.drain() == 1
    assert relay._shipping._silent == {}


async def test_a_broker_that_answers_nothing_is_away_and_everything_is_sent_anew_when_it_answers(
    room: Room, deaf: Deaf, topics: Topics, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.shipping._GRACE_SECONDS", 0.2)
    monkeypatch.setattr("chassis.shipping._ACK_DEADLINE_SECONDS", 2.0)
    relay = Relay(SERVICE, room.client, room.database, deaf)
    deaf.to = frozenset({f"{tenant}.flags.flag.v1"})
    written = await says(room, tenant, "s0", "s1")

    with pytest.raises(UnavailableError):
        await relay.drain()
    assert await left(room) == 2

    deaf.to = frozenset()
    assert await relay.drain() == 2
    assert [said.id for said in topics.read(f"{tenant}.flags.flag.v1")] == written
