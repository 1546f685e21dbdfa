"""Polling: what was fetched of all partitions, at once; one that cannot be read is held back alone.

When one partition's bytes cannot be decoded (a codec that nobody has, a damaged batch), aiokafka hands over nothing
and has moved on in others by then. So all of them go back to what is done, are read one at a time until the one that
fails is known, and that one is left alone for a while: nothing is passed over, and nobody else's messages wait.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from itertools import chain

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaTimeoutError

MOST_RECORDS = 2_000
_POLL_MS = 1_000
_HOLD_SECONDS = 30.0
_GO_BACK_SECONDS = 10.0
_BEGINNING_SECONDS = 1.0
_ONE_BY_ONE_SECONDS = 10.0

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
        found = await self._held_no_longer(kafka)
        if found:
            return found
        try:
            fetched = await kafka.getmany(timeout_ms=_POLL_MS, max_records=MOST_RECORDS)
        except ConsumerStoppedError:
            raise
        except Exception as error:
            log.warning("poll-failed", error=type(error).__name__)
            self._astray = True
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
                found += await self._alone(kafka, partition, MOST_RECORDS) or ()
        return tuple(found)

    async def _go_back(self, kafka: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Put every partition back to what is done; where each stands then."""
        places: dict[TopicPartition, int] = {}
        never_done = []
        try:
            # aiokafka asks again without end while the broker is away.
            async with asyncio.timeout(_GO_BACK_SECONDS):
                for partition in kafka.assignment():
                    place = self._done.get(partition)
                    if place is None:
                        place = await kafka.committed(partition)
                    if place is None:
                        never_done.append(partition)
                    else:
                        kafka.seek(partition, place)
                    places[partition] = place or 0
        except TimeoutError:
            raise KafkaTimeoutError("Where the group stands is not known.") from None
        if never_done:
            # They have left where they were at once; where they begin may be told later.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BEGINNING_SECONDS):
                    await kafka.seek_to_beginning(*never_done)
        self._astray = False
        return places

    async def _one_by_one(
        self, kafka: AIOKafkaConsumer, places: Mapping[TopicPartition, int]
    ) -> Records | None:
        """Read one partition at a time until one fails; None if none does and there is nothing to read."""
        behind = [
            partition for partition, place in places.items() if self._is_behind(kafka, partition, place)
        ]
        found: list[ConsumerRecord] = []
        until = time.monotonic() + _ONE_BY_ONE_SECONDS
        for partition in behind:
            records = await self._alone(kafka, partition, max(1, MOST_RECORDS // len(behind)))
            if records is None:
                return tuple(found)
            found += records
            if time.monotonic() > until:
                break
        return tuple(found) or None

    def _is_behind(self, kafka: AIOKafkaConsumer, partition: TopicPartition, place: int) -> bool:
        if partition in self._held or partition not in kafka.assignment():
            return False
        high = kafka.highwater(partition)
        return high is None or high > place

    async def _alone(
        self, kafka: AIOKafkaConsumer, partition: TopicPartition, most: int
    ) -> list[ConsumerRecord] | None:
        """Read one partition; None if that fails, and then it is held back where it stood."""
        try:
            found = await kafka.getmany(partition, timeout_ms=_POLL_MS, max_records=most)
        except ConsumerStoppedError:
            raise
        except Exception as error:
            log.error(
                "partition-held-back",
                topic=partition.topic,
                partition=partition.partition,
                error=type(error).__name__,
            )
            self._held[partition] = time.monotonic() + _HOLD_SECONDS
            with contextlib.suppress(IllegalStateError):
                kafka.pause(partition)
            return None
        records: list[ConsumerRecord] = found.get(partition, [])
        return records
