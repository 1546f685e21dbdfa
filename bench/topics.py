"""The broker as seen from outside: how much a topic holds, and every message on it."""

import time
from collections.abc import Iterator
from contextlib import closing

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from bench.actors import BenchError


class TopicReader:
    """Reads one topic without any group, as a judge would."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._asking = self._client()
        partitions = self._asking.list_topics(topic, timeout=10).topics[topic].partitions
        self._partitions = [TopicPartition(topic, number) for number in partitions]
        deadline = time.monotonic() + 20
        while True:
            try:
                self.ends()
                return
            except KafkaException:
                # A topic just made has no leader yet.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def ends(self) -> dict[int, int]:
        """The next offset of each partition."""
        return {
            each.partition: self._asking.get_watermark_offsets(each, timeout=10)[1]
            for each in self._partitions
        }

    def count(self) -> int:
        """How many messages have been published so far."""
        return sum(self.ends().values())

    def rewind(self, group: str, starts: dict[int, int]) -> None:
        """Let a group that nobody is in begin at these offsets."""
        with closing(self._client(group)) as client:
            client.commit(
                offsets=[TopicPartition(self._topic, number, start) for number, start in starts.items()],
                asynchronous=False,
            )

    def since(self, starts: dict[int, int], timeout: float = 120) -> Iterator[Message]:
        """Every message from these offsets to the present ends."""
        ends = self.ends()
        left = sum(ends[partition] - start for partition, start in starts.items())
        deadline = time.monotonic() + timeout
        with closing(self._client()) as reading:
            reading.assign([TopicPartition(self._topic, number, start) for number, start in starts.items()])
            while left > 0:
                if time.monotonic() > deadline:
                    raise BenchError(f"{left} messages of {self._topic} could not be read in {timeout:.0f} s")
                for message in reading.consume(5_000, timeout=1):
                    fault = message.error()
                    if fault is not None:
                        raise BenchError(str(fault))
                    left -= 1
                    yield message

    def _client(self, group: str = "bench-reader") -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )

    def close(self) -> None:
        self._asking.close()
