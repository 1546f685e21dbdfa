"""The relay: publishes the outbox to Kafka in order per key and deletes what the broker has acknowledged.

Reads are snapshot reads in the order of ids: an aggregate's earlier message is committed before its later one is
begun, so a snapshot that shows the later shows the earlier. What is read ahead while a page is in flight is checked
against the same snapshot for late arrivals before it is sent. One relay per service is active, by lease; a second one
for a moment, or a kill between acknowledgement and delete, only repeats messages, which every inbox drops. A topic
that is missing or refused is held back alone, and what is too large for any topic is dead: neither stops the rest.
"""

import asyncio
import contextlib
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
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
from pymongo import DeleteOne
from pymongo.read_concern import ReadConcern

from chassis import parking
from chassis.changes import Changes
from chassis.errors import DuplicateKeyError
from chassis.leases import Lease, Tenure
from chassis.loops import active
from chassis.mongo import Client, Database, Document, UnavailableError, in_transaction
from chassis.outbox import LARGEST_VALUE, sequence_of
from contracts import envelope

PAGE = 500
_ACK_DEADLINE_SECONDS = 30.0
_BUSY_GAP_SECONDS = 0.01
_IDLE_LOOK_SECONDS = 1.0
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

log = structlog.get_logger("chassis.relay")


def partition_of(key: str, partitions: int) -> int:
    """CRC-32 of the key modulo the number of partitions: librdkafka's `consistent` partitioner, computed in C."""
    return zlib.crc32(key.encode()) % partitions


class Relay:
    """Publishes one service's outbox for as long as it runs and holds the lease."""

    def __init__(self, service: str, client: Client, database: Database, producer: AIOKafkaProducer) -> None:
        self._service = service
        self._client = client
        self._database = database
        self._outbox = database.get_collection("outbox", read_concern=ReadConcern("majority"))
        self._producer = producer
        self._partitions: dict[str, int] = {}
        self._fixed: dict[str, tuple[str, str]] = {}
        # Topics that the broker does not take now, and until when they are left alone.
        self._held: dict[str, float] = {}
        self.published = 0
        self.active = False
        self.tenure: Tenure | None = None
        self.progress_at = time.monotonic()

    async def run(self, lease: Lease) -> None:
        """Publish while the lease is held; ends when it is lost, raises UnavailableError when the broker is away."""
        async with active(self, lease) as holding:
            stream: Any = None
            try:
                while holding():
                    drained = await self.drain(holding)
                    self.progress_at = time.monotonic()
                    if drained >= PAGE:
                        # Under load the stream would only tell, late, of what has long been published.
                        await _closed(stream)
                        stream = None
                        await asyncio.sleep(_BUSY_GAP_SECONDS)
                    elif stream is None:
                        # What came between the last read and the opening is seen by reading once more.
                        stream = await self._open_stream()
                    else:
                        await stream.try_next()
            finally:
                await _closed(stream)

    async def _open_stream(self) -> Any:
        """Tells of inserts: wakes at once and costs nothing while asleep."""
        stream = self._outbox.watch(
            [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}],
            max_await_time_ms=int(_IDLE_LOOK_SECONDS * 1000),
        )
        await stream.try_next()
        return stream

    async def drain(self, holding: Callable[[], bool] = lambda: True) -> int:
        """Publish everything there is now; returns how many. The next page is read while one is being acknowledged."""
        self._let_go()
        count = 0
        page = await self._read(after=None)
        deleting = ahead = _nothing()
        try:
            while page and holding():
                shipments = await self._send(page)
                await deleting
                ahead = asyncio.ensure_future(self._read(after=page))
                acknowledged = await self._acknowledged(shipments)
                deleting = asyncio.ensure_future(self._delete(acknowledged))
                count += len(acknowledged)
                self.progress_at = time.monotonic()
                if len(acknowledged) == len(page):
                    page = await ahead
                else:
                    # A topic was held back or a message taken out: what remains is looked at anew.
                    await deleting
                    page = await self._read(after=None)
            await deleting
        finally:
            for task in (deleting, ahead):
                task.cancel()
            await asyncio.gather(deleting, ahead, return_exceptions=True)
        self.published += count
        return count

    async def _read(self, after: Sequence[Document] | None) -> list[Document]:
        """The next page in one snapshot; empty if an earlier message has turned up behind the page in flight."""
        flowing: Document = {"topic": {"$nin": list(self._held)}} if self._held else {}
        async with await self._client.start_session(snapshot=True) as session:
            if after is None:
                first = self._outbox.find(flowing, session=session)
                return await first.sort("_id", 1).limit(PAGE).to_list(None)
            last = after[-1]["_id"]
            # Every page before it is deleted by now, so anything more than the page itself came late.
            behind = await self._outbox.count_documents({"_id": {"$lte": last}, **flowing}, session=session)
            if behind != len(after):
                return []
            more = self._outbox.find({"_id": {"$gt": last}, **flowing}, session=session)
            return await more.sort("_id", 1).limit(PAGE).to_list(None)

    async def _send(self, page: Sequence[Document]) -> list["_Shipment"]:
        lanes: dict[tuple[str, int], list[Document]] = defaultdict(list)
        for document in page:
            topic = document["topic"]
            if len(document["value"]) > LARGEST_VALUE:
                await self._bury(document)
                continue
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

    async def _send_lane(
        self, topic: str, partition: int, documents: Sequence[Document]
    ) -> list["_Shipment"]:
        """Nearly always one batch; where not, each waits for the one before, so that none can be overtaken."""
        shipments = [_Shipment(topic, [], self._producer.create_batch())]
        for document in documents:
            record = self._record(topic, document)
            if shipments[-1].batch.append(**record) is None:
                await self._ship(shipments[-1], partition)
                await asyncio.wait([shipments[-1].ack], timeout=_ACK_DEADLINE_SECONDS)
                if not shipments[-1].has_landed:
                    return shipments
                shipments.append(_Shipment(topic, [], self._producer.create_batch()))
                shipments[-1].batch.append(**record)
            shipments[-1].documents.append(document)
        await self._ship(shipments[-1], partition)
        return shipments

    async def _ship(self, shipment: "_Shipment", partition: int) -> None:
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

    async def _acknowledged(self, shipments: Sequence["_Shipment"]) -> list[Document]:
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

    async def _delete(self, page: Sequence[Document]) -> None:
        if page:
            await self._outbox.delete_many({"_id": {"$in": [document["_id"] for document in page]}})

    async def _bury(self, document: Document) -> None:
        """Take what can never be published out of the way, to where dead messages are seen and replayed."""
        changes = Changes()
        changes.insert(parking.COLLECTION, parking.unsaid(document, "too-large"))
        changes.write("outbox", DeleteOne({"_id": document["_id"]}))
        with contextlib.suppress(DuplicateKeyError):
            await in_transaction(self._client, lambda session: changes.apply(self._database, session))
        log.error("message-dead", type=document["type"], id=document["_id"], error="too-large")

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

    def _let_go(self) -> None:
        now = time.monotonic()
        self._held = {topic: until for topic, until in self._held.items() if until > now}

    def _fixed_of(self, topic: str) -> tuple[str, str]:
        if topic not in self._fixed:
            tenant = topic.split(".", 1)[0]
            self._fixed[topic] = (tenant, envelope.source_of(tenant, self._service))
        return self._fixed[topic]


@dataclass(slots=True)
class _Shipment:
    """A batch for one partition, what is in it, and the broker's answer."""

    topic: str
    documents: list[Document]
    batch: Any
    ack: "asyncio.Future[Any]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def has_landed(self) -> bool:
        return self.ack.done() and not self.ack.cancelled() and self.ack.exception() is None


def _nothing() -> "asyncio.Future[Any]":
    done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


async def _closed(stream: Any) -> None:
    if stream is not None:
        await stream.close()


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
