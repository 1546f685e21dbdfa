"""Shipping: how a page of the outbox goes to the broker, one batch per partition, and what becomes of it.

Messages of a key keep their order: they share a partition, and no batch is sent before the one before it has landed.
A topic that is missing, refused or silent while others are answered is held back alone, so that it keeps nobody waiting
and nothing overtakes in it; what it was sent is given up together with the producer that has it.
"""

import asyncio
import time
import zlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    LeaderNotAvailableError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from chassis.mongo import Document, UnavailableError
from chassis.outbox import sequence_of
from chassis.producer import Producer
from contracts import envelope

_ACK_DEADLINE_SECONDS = 30.0
# When the broker has answered for some, the others have so long, unless they are known to take longer.
_GRACE_SECONDS = 5.0
_METADATA_SECONDS = 10.0
_HOLD_SECONDS = 5.0
# A silent topic costs the others what it is given in patience whenever it is tried.
_LONGEST_HOLD_SECONDS = 60.0
_TOPIC_AT_FAULT = (
    InvalidTopicError,
    LeaderNotAvailableError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

log = structlog.get_logger("chassis.shipping")


def partition_of(key: str, partitions: int) -> int:
    """CRC-32 of the key modulo the number of partitions: librdkafka's `consistent` partitioner, computed in C."""
    return zlib.crc32(key.encode()) % partitions


@dataclass(slots=True)
class Shipment:
    """A batch for one partition, what is in it, and the broker's answer."""

    topic: str
    documents: list[Document]
    batch: Any
    ack: "asyncio.Future[Any]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    # Whether the producer has it, so that it has taken sequence numbers or will.
    is_handed_over: bool = False

    @property
    def has_landed(self) -> bool:
        return self.ack.done() and not self.ack.cancelled() and self.ack.exception() is None


class Shipping:
    """Sends messages of one service and tells what the broker has acknowledged."""

    def __init__(self, service: str, producer: Producer) -> None:
        self._service = service
        self._producer = producer
        self._partitions: dict[str, int] = {}
        self._fixed: dict[str, tuple[str, str]] = {}
        # Topics that the broker does not take now, and until when they are left alone.
        self._held: dict[str, float] = {}
        # Topics that were not answered for when others were, and for how long each was held back last; they are
        # forgotten when they are answered for in time, not when patience has helped.
        self._silent: dict[str, float] = {}

    @property
    def held(self) -> Collection[str]:
        """Topics of which nothing is sent now."""
        return self._held.keys()

    def let_go(self, *, all_of_them: bool = False) -> None:
        """Look again at topics that have been held back for long enough."""
        now = time.monotonic()
        self._held = {topic: until for topic, until in self._held.items() if until > now and not all_of_them}

    async def send(self, page: Sequence[Document]) -> list[Shipment]:
        """Send what is not held back, in the order of the page; returns what is under way."""
        if not self._producer.is_started:
            await self._begin_anew()
        lanes: dict[tuple[str, int], list[Document]] = defaultdict(list)
        for document in page:
            topic = document["topic"]
            count = self._partitions.get(topic)
            if count is None and topic not in self._held:
                count = await self._count_partitions(topic)
            if count is not None and topic not in self._held:
                lanes[topic, partition_of(document["key"], count)].append(document)
        return [
            shipment
            for (topic, partition), documents in lanes.items()
            for shipment in await self._send_lane(topic, partition, documents)
        ]

    async def acknowledged(self, shipments: Sequence[Shipment]) -> list[Document]:
        """What the broker has. A topic that it does not take is held back; raises when nothing can be published."""
        if not shipments:
            return []
        quickly = await self._answered(shipments)
        landed = [shipment for shipment in shipments if shipment.has_landed]
        if len(landed) < len(shipments):
            await self._set_aside(
                [shipment for shipment in shipments if not shipment.has_landed], bool(landed)
            )
        if self._silent and quickly:
            for shipment in landed:
                if shipment.topic not in self._held:
                    self._silent.pop(shipment.topic, None)
        return [document for shipment in landed for document in shipment.documents]

    async def _answered(self, shipments: Sequence[Shipment]) -> bool:
        """Wait for the answers: for the first as long as for a broker that restarts, for others not much longer.

        Returns whether they have come in the time of grace.
        """
        # aiokafka retries an idempotent send without end: a broker that stays away must not look like progress.
        began = time.monotonic()
        _, waiting = await asyncio.wait([shipment.ack for shipment in shipments], timeout=_GRACE_SECONDS)
        if not waiting:
            return True
        until = began + max(self._patience(each.topic) for each in shipments if not each.ack.done())
        if not any(shipment.has_landed for shipment in shipments) and not all(
            shipment.ack.done() or shipment.topic in self._silent for shipment in shipments
        ):
            first, waiting = await asyncio.wait(
                waiting, timeout=_ACK_DEADLINE_SECONDS - _GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if first:
                until = max(until, time.monotonic() + _GRACE_SECONDS)
        if waiting:
            await asyncio.wait(waiting, timeout=max(0.0, until - time.monotonic()))
        return False

    def _patience(self, topic: str) -> float:
        """How long the topic's answer may take while others have theirs: longer each time that was too short.

        What the broker has appended, a slow follower has not yet: given up, it would be appended again each time.
        """
        longer = 2 * self._silent.get(topic, _HOLD_SECONDS / 2) / _HOLD_SECONDS
        return min(longer * _GRACE_SECONDS, _ACK_DEADLINE_SECONDS)

    async def _set_aside(self, missing: Sequence[Shipment], others_landed: bool) -> None:
        """Hold back the topics of what has not landed, and give it up."""
        try:
            for shipment in {each.topic: each for each in missing}.values():
                await self._blame(shipment, others_landed)
        finally:
            if any(shipment.is_handed_over for shipment in missing):
                await self._producer.give_up()

    async def _blame(self, shipment: Shipment, others_landed: bool) -> None:
        """Hold back the topic if it is at fault; raises UnavailableError if the broker is."""
        topic = shipment.topic
        if shipment.ack.done():
            error = shipment.ack.exception()
            if not others_landed and not isinstance(error, _TOPIC_AT_FAULT):
                raise UnavailableError("The broker does not take messages.") from error
            self._hold(topic, type(error).__name__)
        elif others_landed or topic in self._silent:
            longer = 2 * self._silent.get(topic, _HOLD_SECONDS / 2)
            self._silent[topic] = min(longer, _LONGEST_HOLD_SECONDS)
            self._hold(topic, "not-acknowledged", self._silent[topic])
        elif await self._is_known(topic):
            raise UnavailableError("The broker has acknowledged nothing for 30 s.")
        else:
            self._hold(topic, "topic-missing")

    async def _begin_anew(self) -> None:
        """After a producer was given up: one that knows the topics in use."""
        try:
            async with asyncio.timeout(_ACK_DEADLINE_SECONDS):
                await self._producer.start()
        except (KafkaError, TimeoutError) as error:
            raise UnavailableError("No broker answers.") from error
        self._producer.current.client.set_topics(list(self._partitions))
        await self._ask_for_metadata()

    async def _send_lane(self, topic: str, partition: int, documents: Sequence[Document]) -> list[Shipment]:
        """Nearly always one batch; where not, each waits for the one before, so that none can be overtaken."""
        shipments = [Shipment(topic, [], self._producer.current.create_batch())]
        for document in documents:
            record = self._record(topic, document)
            if shipments[-1].batch.append(**record) is None:
                await self._ship(shipments[-1], partition)
                await asyncio.wait([shipments[-1].ack], timeout=_GRACE_SECONDS)
                if not shipments[-1].has_landed:
                    return shipments
                shipments.append(Shipment(topic, [], self._producer.current.create_batch()))
                shipments[-1].batch.append(**record)
            shipments[-1].documents.append(document)
        await self._ship(shipments[-1], partition)
        return shipments

    async def _ship(self, shipment: Shipment, partition: int) -> None:
        try:
            producer = self._producer.current
            if producer.client.cluster.partitions_for_topic(shipment.topic) is None:
                # It was there; sending would wait for it to come back.
                raise UnknownTopicOrPartitionError(shipment.topic)
            async with asyncio.timeout(_ACK_DEADLINE_SECONDS):
                shipment.ack = await producer.send_batch(shipment.batch, shipment.topic, partition=partition)
                shipment.is_handed_over = True
        except TimeoutError:
            log.warning("broker-slow", topic=shipment.topic)
        except KafkaError as error:
            shipment.ack.set_exception(error)

    def _record(self, topic: str, document: Document) -> dict[str, Any]:
        tenant, source = self._fixed_of(topic)
        identity = document["_id"]
        return {
            "timestamp": None,
            "key": document["key"].encode(),
            "value": document["value"],
            "headers": envelope.headers(
                id=identity,
                source=source,
                type=document["type"],
                time=document["time"],
                subject=document["key"],
                tenant=tenant,
                sequence=sequence_of(identity),
                traceparent=document["trace"],
            ),
        }

    async def _count_partitions(self, topic: str) -> int | None:
        if not await self._is_known(topic):
            self._hold(topic, "topic-missing")
            return None
        count = self._partitions[topic] = len(
            self._producer.current.client.cluster.partitions_for_topic(topic)
        )
        return count

    async def _is_known(self, topic: str) -> bool:
        """Whether the broker has the topic, and lets us write to it, now."""
        client = self._producer.current.client
        client.add_topic(topic)
        await self._ask_for_metadata()
        return client.cluster.partitions_for_topic(topic) is not None

    async def _ask_for_metadata(self) -> None:
        client = self._producer.current.client
        try:
            async with asyncio.timeout(_METADATA_SECONDS):
                # The first answer may be that of a question asked before a topic was added.
                answered = await client.force_metadata_update() and await client.force_metadata_update()
        except TimeoutError:
            answered = False
        if not answered:
            raise UnavailableError("The broker does not answer.")

    def _hold(self, topic: str, why: str, seconds: float = _HOLD_SECONDS) -> None:
        """Publish nothing of the topic for a while, so that it keeps nobody waiting and nothing overtakes in it."""
        if topic not in self._held:
            log.error("topic-held-back", topic=topic, error=why)
        self._partitions.pop(topic, None)
        self._held[topic] = time.monotonic() + seconds

    def _fixed_of(self, topic: str) -> tuple[str, str]:
        if topic not in self._fixed:
            tenant = topic.split(".", 1)[0]
            self._fixed[topic] = (tenant, envelope.source_of(tenant, self._service))
        return self._fixed[topic]
