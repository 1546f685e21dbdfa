"""The only place that touches FastStream's subscriber: raw batches in, explicit offsets out, nothing skipped.

FastStream declares the subscriber and runs its loop; what it would do with headers, bodies, acknowledgements and
empty polls loses or delays messages and is replaced here, for the pinned version. Offsets are committed per partition
after the database has committed. Partitions are handled side by side, or together while there is little in them; a
rebalance waits for what is in flight.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from faststream.security import SASLScram256

from chassis.handling import Handling
from chassis.polling import MOST_RECORDS, Polling, Records
from chassis.settings import Settings, kafka_tls
from contracts.registry import Topic

BATCH = 500
_NEW_TOPICS_EVERY_MS = 2000
# After an assignment the previous owner's last batches may come again.
_LOOK_FIRST_BATCHES = 4
_COMMIT_SECONDS = 10.0
_POSITION_SECONDS = 2.0
# Up to so many messages of all partitions, one transaction costs less than several side by side.
_TOGETHER = 200

Batches = dict[TopicPartition, list[ConsumerRecord]]

log = structlog.get_logger("chassis.consumer")


def pattern_of(topics: Sequence[Topic]) -> str:
    """One pattern for what a service hears, of every tenant: ends with `$`, so `v1` does not read `v10`."""
    streams = "|".join(rf"{topic.service}\.{topic.stream}\.v{topic.version}" for topic in topics)
    return rf"^[a-z]+\.({streams})$"


class LeftError(Exception):
    """The process stops, or gives partitions back, before all that was fetched is handled."""


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """Hears topics for one service and hands each partition's batch to its handling."""

    def __init__(self, settings: Settings, service: str, topics: Sequence[Topic], handling: Handling) -> None:
        self._handling = handling
        self._assigned: set[TopicPartition] = set()
        self._has_share = False
        self._look_first: dict[TopicPartition, int] = {}
        # Up to which offset each partition is handled.
        self._done: dict[TopicPartition, int] = {}
        self._polling = Polling(self._done)
        self._in_flight = asyncio.Lock()
        self._stopping = False
        self._giving_back = False
        self.progress_at = time.monotonic()
        self.broker = KafkaBroker(
            settings.kafka_bootstrap,
            security=_security(settings),
            client_id=f"{service}-worker",
            enable_idempotence=True,
            acks="all",
            allow_auto_create_topics=False,
            metadata_max_age_ms=_NEW_TOPICS_EVERY_MS,
            apply_types=False,
            logger=None,
        )
        self._subscriber: Any = self.broker.subscriber(
            pattern=pattern_of(topics),
            group_id=service,
            group_instance_id=settings.instance,
            batch=True,
            max_records=MOST_RECORDS,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            max_poll_interval_ms=300_000,
            listener=self,
            parser=_unread,
            decoder=_as_it_came,
        )
        # Instead of one that sleeps after each empty poll.
        setattr(self._subscriber, "get_msg", self._poll)  # noqa: B010
        self._subscriber(self._on_batch)

    @property
    def assigned(self) -> bool:
        """Whether the group has told this process its share, be it none."""
        return self._has_share

    @property
    def alive(self) -> bool:
        """Whether the consume loop is still running; a leaked cancellation kills it without a word."""
        return any(not task.done() for task in self._subscriber.tasks)

    @property
    def _leaves(self) -> bool:
        """Whether somebody waits for what is in flight, so that no more of it is begun."""
        return self._stopping or self._giving_back

    async def start(self) -> None:
        # The broker may have been waited for since this was made.
        self.progress_at = time.monotonic()
        await self.broker.start()

    async def stop(self) -> None:
        """Take no more, finish and commit the batches in flight (not if their database is away), leave the group."""
        self._stopping = True
        self._subscriber.running = False
        async with self._in_flight:
            pass
        # Without the lock: leaving the group may wait for a rebalance, and a rebalance waits for the lock.
        await self.broker.stop()

    async def lag(self) -> int:
        """How many messages of this process's partitions have not been handled, those in flight among them."""
        kafka: AIOKafkaConsumer | None = self._subscriber.consumer
        if kafka is None:
            return 0
        waiting = 0
        for partition in kafka.assignment():
            high = kafka.highwater(partition)
            if high is None:
                continue
            done = self._done.get(partition)
            if done is None:
                async with asyncio.timeout(_POSITION_SECONDS):
                    done = await kafka.position(partition)
            waiting += max(0, high - done)
        return waiting

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._assigned = set(assigned)
        self._has_share = True
        self._look_first = dict.fromkeys(assigned, _LOOK_FIRST_BATCHES)
        self._done.clear()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self._has_share = False
        self._giving_back = True
        try:
            async with self._in_flight:
                self._assigned = set()
        finally:
            self._giving_back = False

    async def _poll(self, kafka: AIOKafkaConsumer) -> Records:
        records = await self._polling.poll(kafka)
        self.progress_at = time.monotonic()
        return records

    async def _on_batch(self, records: Sequence[ConsumerRecord]) -> None:
        async with self._in_flight:
            if self._stopping:
                return
            by_partition: dict[TopicPartition, list[ConsumerRecord]] = defaultdict(list)
            for record in records:
                by_partition[TopicPartition(record.topic, record.partition)].append(record)
            # What was fetched before a rebalance may belong to another process by now: its owner reads it again.
            mine = {
                partition: batch for partition, batch in by_partition.items() if partition in self._assigned
            }
            self._done |= {partition: batch[0].offset for partition, batch in mine.items()}
            groups = _grouped(mine)
            outcomes = await asyncio.gather(
                *(self._handle(group) for group in groups), return_exceptions=True
            )
            done: dict[TopicPartition, int] = {}
            for group, outcome in zip(groups, outcomes, strict=True):
                for partition, batch in group.items():
                    if outcome is None:
                        done[partition] = batch[-1].offset + 1
                    else:
                        self._read_again(partition, batch[0].offset, outcome)
            self._done |= done
            await self._commit(done)
            self.progress_at = time.monotonic()

    async def _handle(self, group: Batches) -> None:
        """In batches; raises LeftError when the rest is to be read again, by us or by whoever gets the partitions."""
        records = list(chain.from_iterable(group.values()))
        for start in range(0, len(records), BATCH):
            if self._leaves:
                raise LeftError
            await self._handle_batch(group, records[start : start + BATCH])

    async def _handle_batch(
        self, partitions: Iterable[TopicPartition], batch: Sequence[ConsumerRecord]
    ) -> None:
        look_first = 0
        for partition in partitions:
            left = self._look_first.get(partition, 0)
            look_first = max(look_first, left)
            self._look_first[partition] = max(0, left - 1)
        pause, start, size = 0.1, 0, len(batch)
        while start < len(batch):
            try:
                await self._handling.handle(batch[start : start + size], look_first=bool(look_first))
                start, size = start + size, 2 * size
            except Exception as error:  # infrastructure: every failure of a message is an outcome by now
                # The batch is kept and no more is taken: the offset stays where it is until the database is back.
                # Liveness sees no progress meanwhile, and the supervisor restarts a process that stays so.
                log.error("handling-waits", topic=batch[0].topic, error=type(error).__name__)
                if self._leaves:
                    raise
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
                # What could not be answered may have been committed, and what cannot be committed in time goes in
                # smaller parts: first one message, then ever more.
                look_first = size = 1

    def _read_again(self, partition: TopicPartition, offset: int, outcome: BaseException) -> None:
        """Go back to where an unfinished batch began, so that no later commit passes over it."""
        log.warning("batch-left", topic=partition.topic, error=type(outcome).__name__)
        kafka: AIOKafkaConsumer | None = self._subscriber.consumer
        if kafka is not None:
            with contextlib.suppress(IllegalStateError):
                kafka.seek(partition, offset)

    async def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        kafka: AIOKafkaConsumer | None = self._subscriber.consumer
        if kafka is None or not offsets:
            return
        try:
            # aiokafka tries again without end while the broker is away.
            async with asyncio.timeout(_COMMIT_SECONDS):
                await kafka.commit(offsets)
        except (IllegalStateError, KafkaError, TimeoutError) as error:
            # Somebody else owns the partition now, or the broker is away: what is read again is dropped by the inbox.
            log.warning("offset-not-committed", error=type(error).__name__)


def _grouped(mine: Batches) -> list[Batches]:
    """Partitions to be handled in one transaction: those of one tenant while there is little, else each alone."""
    if sum(map(len, mine.values())) > _TOGETHER:
        return [{partition: batch} for partition, batch in mine.items()]
    by_tenant: dict[str, Batches] = defaultdict(dict)
    for partition, batch in mine.items():
        by_tenant[partition.topic.split(".", 1)[0]][partition] = batch
    return list(by_tenant.values())


async def _unread(message: Sequence[ConsumerRecord]) -> KafkaMessage:
    """FastStream's message around records whose headers and bodies nobody has touched yet."""
    return KafkaMessage(body=b"", raw_message=tuple(message), consumer=None)  # type: ignore[arg-type]


async def _as_it_came(message: KafkaMessage) -> Any:
    return message.raw_message


def _security(settings: Settings) -> SASLScram256 | None:
    if settings.kafka_username is None:
        return None
    tls = kafka_tls(settings)
    return SASLScram256(settings.kafka_username, settings.kafka_password or "", tls, tls is not None)


def kafka_connection(settings: Settings) -> dict[str, Any]:
    """Connection arguments of a plain aiokafka client with these settings."""
    connection: dict[str, Any] = {"bootstrap_servers": settings.kafka_bootstrap}
    if settings.kafka_username is not None:
        connection |= {
            "security_protocol": settings.kafka_security_protocol.upper(),
            "ssl_context": kafka_tls(settings),
            "sasl_mechanism": "SCRAM-SHA-256",
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password,
        }
    return connection
