"""Polling: what was fetched of all partitions, at once; one that cannot be read is held back alone.

When one partition's bytes cannot be decoded (a codec that nobody has, a damaged batch), aiokafka hands over nothing
and has moved on in others by then. So all of them go back to what is done, are read one at a time until the one that
fails is known, and that one is left alone for a while: nothing is passed over, and nobody else's messages wait, nor
does what can be read in front of it.
"""

import asyncio
import contextlib
import time
from collections.abc import Collection, Mapping
from itertools import chain

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    IllegalStateError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
    UnsupportedCodecError,
)

MOST_RECORDS = 2_000
_POLL_MS = 1_000
_HOLD_SECONDS = 30.0
_GO_BACK_SECONDS = 10.0
_ASKED_AT_ONCE = 50
_BEGINNING_SECONDS = 1.0
_ONE_BY_ONE_SECONDS = 10.0

# Of the client's own errors; all others concern the consumer as a whole.
_ITS_OWN = (CorruptRecordException, TopicAuthorizationFailedError, UnsupportedCodecError)

Records = tuple[ConsumerRecord, ...]

log = structlog.get_logger("chassis.polling")


class Polling:
    """Polls for one consumer. `done` says up to which offset each partition is handled, and is kept by its owner."""

    def __init__(self, done: Mapping[TopicPartition, int]) -> None:
        self._done = done
        # Partitions that cannot be read, and until when they are left alone.
        self._held: dict[TopicPartition, float] = {}
        # Whether positions may have passed what nobody was given.
        self._astray = False

    async def poll(self, kafka: AIOKafkaConsumer) -> Records:
        """What there is, each partition's in order. Raises when it is no single partition that cannot be read."""
        if self._astray:
            await self._go_back(kafka)
        # Until what was read is handed over.
        self._astray = True
        records = await self._read(kafka)
        self._astray = False
        return records

    async def _read(self, kafka: AIOKafkaConsumer) -> Records:
        found = await self._held_no_longer(kafka)
        if found:
            return found
        try:
            fetched = await kafka.getmany(timeout_ms=_POLL_MS, max_records=MOST_RECORDS)
        except ConsumerStoppedError:
            raise
        except Exception as error:
            log.warning("poll-failed", error=type(error).__name__)
            alone = await self._one_by_one(kafka, await self._go_back(kafka))
            if alone is None:
                raise
            return alone
        return tuple(chain.from_iterable(fetched.values()))

    async def _held_no_longer(self, kafka: AIOKafkaConsumer) -> Records:
        """Try alone what has been held back for long enough."""
        if not self._held:
            return ()
        found: list[ConsumerRecord] = []
        now = time.monotonic()
        for partition in [each for each, until in self._held.items() if until <= now]:
            del self._held[partition]
            if partition in kafka.assignment():
                kafka.resume(partition)
                records, _ = await self._alone(kafka, partition, MOST_RECORDS)
                found += records
        return tuple(found)

    async def _go_back(self, kafka: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Put every partition back to what is done; where each stands then."""
        places = {each: self._done[each] for each in kafka.assignment() if each in self._done}
        for partition, place in places.items():
            kafka.seek(partition, place)
        never_done = []
        unknown = await self._committed(kafka, kafka.assignment() - places.keys())
        for partition, committed in unknown.items():
            places[partition] = committed or 0
            if committed is None:
                never_done.append(partition)
            else:
                kafka.seek(partition, committed)
        if never_done:
            # They have left where they were at once; where they begin may be told later.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BEGINNING_SECONDS):
                    await kafka.seek_to_beginning(*never_done)
        return places

    async def _committed(
        self, kafka: AIOKafkaConsumer, partitions: Collection[TopicPartition]
    ) -> dict[TopicPartition, int | None]:
        """Where the group stands, asked for side by side: each answer takes its time when the broker is slow."""
        at_once = asyncio.Semaphore(_ASKED_AT_ONCE)

        async def ask(partition: TopicPartition) -> tuple[TopicPartition, int | None]:
            async with at_once:
                return partition, await kafka.committed(partition)

        try:
            # aiokafka asks again without end while the broker is away.
            async with asyncio.timeout(_GO_BACK_SECONDS):
                answers = await asyncio.gather(*map(ask, partitions), return_exceptions=True)
        except TimeoutError:
            raise KafkaTimeoutError("Where the group stands is not known.") from None
        committed = {}
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            committed[answer[0]] = answer[1]
        return committed

    async def _one_by_one(
        self, kafka: AIOKafkaConsumer, places: Mapping[TopicPartition, int]
    ) -> Records | None:
        """Read one partition at a time until one fails; None if none does and there is nothing to read."""
        # What is held back is paused; after a rebalance it no longer is, and is found once more.
        left_alone = kafka.paused()
        behind = [
            partition
            for partition, place in places.items()
            if partition not in left_alone and self._is_behind(kafka, partition, place)
        ]
        found: list[ConsumerRecord] = []
        until = time.monotonic() + _ONE_BY_ONE_SECONDS
        for partition in behind:
            records, failed = await self._alone(kafka, partition, max(1, MOST_RECORDS // len(behind)))
            found += records
            if failed:
                return tuple(found)
            if time.monotonic() > until:
                break
        return tuple(found) or None

    def _is_behind(self, kafka: AIOKafkaConsumer, partition: TopicPartition, place: int) -> bool:
        if partition not in kafka.assignment():
            return False
        high = kafka.highwater(partition)
        return high is None or high > place

    async def _alone(
        self, kafka: AIOKafkaConsumer, partition: TopicPartition, most: int
    ) -> tuple[list[ConsumerRecord], bool]:
        """Read what one partition has; whether it came to what cannot be read, and is held back there."""
        found: list[ConsumerRecord] = []
        try:
            # One record after another: aiokafka drops what it has read when a later one fails. Only the first is
            # waited for; what was fetched with it comes at once, so that no rebalance comes between.
            while len(found) < most:
                read = await kafka.getmany(partition, timeout_ms=0 if found else _POLL_MS, max_records=1)
                if not read:
                    break
                found += read[partition]
        except Exception as error:
            if not _can_be_its_own(error):
                raise
            self._held[partition] = time.monotonic() + _HOLD_SECONDS
            with contextlib.suppress(IllegalStateError):
                kafka.pause(partition)
                log.error(
                    "partition-held-back",
                    topic=partition.topic,
                    partition=partition.partition,
                    offset=await kafka.position(partition),
                    error=type(error).__name__,
                )
            return found, True
        return found, False


def _can_be_its_own(error: Exception) -> bool:
    """Whether one partition may have failed alone. Bytes that cannot be decoded fail in many ways of their own."""
    return isinstance(error, _ITS_OWN) or not isinstance(error, KafkaError | ConsumerStoppedError)
