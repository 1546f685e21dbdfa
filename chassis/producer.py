"""The relay's producer: idempotent, and given up for a new one as soon as a batch it was given has not landed.

A batch takes its sequence numbers when it is first sent and never gives them back: after one that failed, the broker
refuses every later one of its partition. And aiokafka retries without end, so that one nobody waits for any more would
land some day. A new producer begins anew with both. What was not acknowledged is sent again from the outbox, from the
first on, so that order stays; what had landed after all comes twice, and every inbox drops it.
"""

import asyncio
import contextlib
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

_ASK_AGAIN_SECONDS = 0.5
_FINISH_SECONDS = 1.0
_CLOSE_SECONDS = 5.0

log = structlog.get_logger("chassis.producer")


class Producer:
    """At most one producer at a time. It is the relay's alone: nobody else's batches are in it."""

    def __init__(self, **connection: Any) -> None:
        self._connection = connection
        self._current: _Idempotent | None = None

    @property
    def is_started(self) -> bool:
        return self._current is not None

    @property
    def current(self) -> AIOKafkaProducer:
        """The producer of now; do not keep it."""
        if self._current is None:
            raise RuntimeError("There is no producer now: start one.")
        return self._current

    async def start(self) -> None:
        """Make one that is connected. Raises KafkaError while no broker answers."""
        producer = make_producer(**self._connection)
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._current = producer

    async def start_patiently(self) -> None:
        """Make one as soon as a broker answers: one that comes up later than we do is waited for."""
        while not self.is_started:
            try:
                await self.start()
            except KafkaError as error:
                log.warning("broker-away", error=type(error).__name__)
                await asyncio.sleep(_ASK_AGAIN_SECONDS)

    async def stop(self) -> None:
        """Wait for what is in flight, and close."""
        if self._current is not None:
            await self._current.stop()

    async def give_up(self) -> None:
        """End the one of now without waiting for what has not landed: none of it is sent from now on."""
        producer, self._current = self._current, None
        if producer is not None:
            log.warning("producer-given-up")
            await producer.give_up()


class _Idempotent(AIOKafkaProducer):  # type: ignore[misc]
    """A producer that can end without waiting: its own `stop` waits for every batch to land."""

    async def give_up(self) -> None:
        self._closed = True
        sender = self._sender.sender_task
        # When first told it waits for requests that are in flight, when told again no longer.
        for _ in range(2):
            sender.cancel()
            await asyncio.wait([sender], timeout=_FINISH_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.client.close()


def make_producer(**connection: Any) -> _Idempotent:
    """A producer whose retries neither lose, nor double, nor reorder (idempotent, acks=all)."""
    return _Idempotent(
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=512 * 1024,
        max_request_size=1024 * 1024,
        # Also how long a host that is gone is waited for. An acknowledgement may take longer: asked again in the same
        # producer, the broker knows the batch by its numbers, appends nothing, and answers when every replica has it.
        request_timeout_ms=20_000,
        **connection,
    )
