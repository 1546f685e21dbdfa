"""Shipping: how a page of the outbox goes to the broker, one batch per partition, and what becomes of it.

Messages of a key keep their order: they share a partition, and no batch is sent before the one before it has landed.
A topic that is missing or refused is held back alone, so that it keeps nobody waiting and nothing overtakes in it.
"""

import asyncio
import time
import zlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
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
from contracts import envelope

_ACK_DEADLINE_SECONDS = 30.0
_METADATA_SECONDS = 10.0
_HOLD_SECONDS = 5.0
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

    @property
    def has_landed(self) -> bool:
        return self.ack.done() and not self.ack.cancelled() and self.ack.exception() is None


class Shipping:
    """Sends messages of one service and tells what the broker has acknowledged."""

    def __init__(self, service: str, producer: AIOKafkaProducer) -> None:
        self._service = service
        self._producer = producer
        self._partitions: dict[str, int] = {}
        self._fixed: dict[str, tuple[str, str]] = {}
        # Topics that the broker does not take now, and until when they are left alone.
        self._held: dict[str, float] = {}

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
        # aiokafka retries an idempotent send without end: a broker that stays away must not look like progress.
        await asyncio.wait([shipment.ack for shipment in shipments], timeout=_ACK_DEADLINE_SECONDS)
        landed: list[Document] = []
        for shipment in shipments:
            if shipment.has_landed:
                landed += shipment.documents
            elif not shipment.ack.done():
                if await self._is_known(shipment.topic):
                    raise UnavailableError("The broker has not acknowledged for 30 s.")
                self._hold(shipment.topic, "topic-missing")
            else:
                error = shipment.ack.exception()
                if not isinstance(error, _TOPIC_AT_FAULT):
                    raise UnavailableError("The broker does not take messages.") from error
                self._hold(shipment.topic, type(error).__name__)
        return landed

    async def _send_lane(self, topic: str, partition: int, documents: Sequence[Document]) -> list[Shipment]:
        """Nearly always one batch; where not, each waits for the one before, so that none can be overtaken."""
        shipments = [Shipment(topic, [], self._producer.create_batch())]
        for document in documents:
            record = self._record(topic, document)
            if shipments[-1].batch.append(**record) is None:
                await self._ship(shipments[-1], partition)
                await asyncio.wait([shipments[-1].ack], timeout=_ACK_DEADLINE_SECONDS)
                if not shipments[-1].has_landed:
                    return shipments
                shipments.append(Shipment(topic, [], self._producer.create_batch()))
                shipments[-1].batch.append(**record)
            shipments[-1].documents.append(document)
        await self._ship(shipments[-1], partition)
        return shipments

    async def _ship(self, shipment: Shipment, partition: int) -> None:
        try:
            if self._producer.client.cluster.partitions_for_topic(shipment.topic) is None:
                # It was there; sending would wait for it to come back.
                raise UnknownTopicOrPartitionError(shipment.topic)
            async with asyncio.timeout(_ACK_DEADLINE_SECONDS):
                shipment.ack = await self._producer.send_batch(
                    shipment.batch, shipment.topic, partition=partition
                )
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
        count = self._partitions[topic] = len(self._producer.client.cluster.partitions_for_topic(topic))
        return count

    async def _is_known(self, topic: str) -> bool:
        """Whether the broker has the topic, and lets us write to it, now."""
        client = self._producer.client
        client.add_topic(topic)
        try:
            async with asyncio.timeout(_METADATA_SECONDS):
                # The first answer may be that of a question asked before the topic was added.
                answered = await client.force_metadata_update() and await client.force_metadata_update()
        except TimeoutError:
            answered = False
        if not answered:
            raise UnavailableError("The broker does not answer.")
        return client.cluster.partitions_for_topic(topic) is not None

    def _hold(self, topic: str, why: str) -> None:
        """Publish nothing of the topic for a while, so that it keeps nobody waiting and nothing overtakes in it."""
        if topic not in self._held:
            log.error("topic-held-back", topic=topic, error=why)
        self._partitions.pop(topic, None)
        self._held[topic] = time.monotonic() + _HOLD_SECONDS

    def _fixed_of(self, topic: str) -> tuple[str, str]:
        if topic not in self._fixed:
            tenant = topic.split(".", 1)[0]
            self._fixed[topic] = (tenant, envelope.source_of(tenant, self._service))
        return self._fixed[topic]


def make_producer(**connection: Any) -> AIOKafkaProducer:
    """A producer whose retries neither lose, nor double, nor reorder (idempotent, acks=all)."""
    return AIOKafkaProducer(
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=512 * 1024,
        max_request_size=1024 * 1024,
        request_timeout_ms=20_000,
        **connection,
    )
