"""The relay: publishes the outbox to Kafka in order per key and deletes what the broker has acknowledged.

Reads are snapshot reads in the order of ids: an aggregate's earlier message is committed before its later one is
begun, so a snapshot that shows the later shows the earlier. What is read ahead while a page is in flight is checked
against the same snapshot for late arrivals before it is sent. One relay per service is active, by lease; a second one
for a moment, or a kill between acknowledgement and delete, only repeats messages, which every inbox drops.
"""

import asyncio
import time
import zlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from pymongo.read_concern import ReadConcern

from chassis.leases import Lease, Tenure
from chassis.loops import active
from chassis.mongo import Client, Database, Document, UnavailableError
from chassis.outbox import sequence_of
from contracts import envelope

PAGE = 500
_ACK_DEADLINE_SECONDS = 30.0
_BUSY_GAP_SECONDS = 0.01
_IDLE_LOOK_SECONDS = 1.0


def partition_of(key: str, partitions: int) -> int:
    """CRC-32 of the key modulo the number of partitions: librdkafka's `consistent` partitioner, computed in C."""
    return zlib.crc32(key.encode()) % partitions


class Relay:
    """Publishes one service's outbox for as long as it runs and holds the lease."""

    def __init__(self, service: str, client: Client, database: Database, producer: AIOKafkaProducer) -> None:
        self._service = service
        self._client = client
        self._outbox = database.get_collection("outbox", read_concern=ReadConcern("majority"))
        self._producer = producer
        self._partitions: dict[str, int] = {}
        self._fixed: dict[str, tuple[str, str]] = {}
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

    async def drain(self, holding: Any = lambda: True) -> int:
        """Publish everything there is now; returns how many. The next page is read while one is being acknowledged."""
        count = 0
        page = await self._read(after=None)
        deleting: asyncio.Future[Any] | None = None
        while page and holding():
            acks = await self._send(page)
            if deleting is not None:
                await deleting
            ahead = asyncio.ensure_future(self._read(after=page))
            await self._acknowledged(acks)
            deleting = asyncio.ensure_future(self._delete(page))
            count += len(page)
            self.progress_at = time.monotonic()
            page = await ahead
        if deleting is not None:
            await deleting
        self.published += count
        return count

    async def _read(self, after: Sequence[Document] | None) -> list[Document]:
        """The next page in one snapshot; empty if an earlier message has turned up behind the page in flight."""
        async with await self._client.start_session(snapshot=True) as session:
            if after is None:
                return await self._outbox.find(session=session).sort("_id", 1).limit(PAGE).to_list(None)
            last = after[-1]["_id"]
            # Every page before it is deleted by now, so anything more than the page itself came late.
            behind = await self._outbox.count_documents({"_id": {"$lte": last}}, session=session)
            if behind != len(after):
                return []
            more = self._outbox.find({"_id": {"$gt": last}}, session=session)
            return await more.sort("_id", 1).limit(PAGE).to_list(None)

    async def _send(self, page: Sequence[Document]) -> list["asyncio.Future[Any]"]:
        lanes: dict[tuple[str, int], list[Document]] = defaultdict(list)
        for document in page:
            topic = document["topic"]
            count = self._partitions.get(topic) or await self._count_partitions(topic)
            lanes[topic, partition_of(document["key"], count)].append(document)
        acks: list[asyncio.Future[Any]] = []
        for (topic, partition), documents in lanes.items():
            acks.extend(await self._send_lane(topic, partition, documents))
        return acks

    async def _send_lane(
        self, topic: str, partition: int, documents: Sequence[Document]
    ) -> list["asyncio.Future[Any]"]:
        tenant, source = self._fixed_of(topic)
        acks = []
        batch = self._producer.create_batch()
        for document in documents:
            identity = document["_id"]
            record = {
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
            if batch.append(**record) is None:
                acks.append(await self._producer.send_batch(batch, topic, partition=partition))
                batch = self._producer.create_batch()
                if batch.append(**record) is None:
                    raise ValueError(
                        f"The message {identity} is larger than a batch may be; make it smaller."
                    )
        acks.append(await self._producer.send_batch(batch, topic, partition=partition))
        return acks

    async def _acknowledged(self, acks: Sequence["asyncio.Future[Any]"]) -> None:
        # aiokafka retries an idempotent send without end: a broker that stays away must not look like progress.
        _, pending = await asyncio.wait(acks, timeout=_ACK_DEADLINE_SECONDS)
        if pending:
            raise UnavailableError("The broker has not acknowledged for 30 s.")
        for ack in acks:
            ack.result()

    async def _delete(self, page: Sequence[Document]) -> None:
        await self._outbox.delete_many({"_id": {"$in": [document["_id"] for document in page]}})

    async def _count_partitions(self, topic: str) -> int:
        partitions = await self._producer.partitions_for(topic)
        self._partitions[topic] = len(partitions)
        return len(partitions)

    def _fixed_of(self, topic: str) -> tuple[str, str]:
        if topic not in self._fixed:
            tenant = topic.split(".", 1)[0]
            self._fixed[topic] = (tenant, envelope.source_of(tenant, self._service))
        return self._fixed[topic]


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
