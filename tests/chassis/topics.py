"""Topics of a test's own tenant on a real broker, and what stands in them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from contracts.registry import topic_name


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it stands in a topic."""

    id: str
    key: str
    value: bytes
    headers: dict[str, str]


class Topics:
    """Makes, lists and reads topics as the administrator."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
        self.made: list[str] = []

    def make(self, *names: str, partitions: int = 4) -> None:
        """Make topics and wait until they are there."""
        made = self.admin.create_topics([NewTopic(name, partitions, 1) for name in names])
        for future in made.values():
            future.result(20)
        self.made += names

    def delete(self, *names: str) -> None:
        """Delete topics and wait until they are gone."""
        for future in self.admin.delete_topics(list(names)).values():
            future.result(20)
        self.made = [name for name in self.made if name not in names]

    def read(self, name: str) -> list[Said]:
        """Everything in the topic, partition after partition, each in its order."""
        reader = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "reader",
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )
        try:
            return [said for partition in self._ends(reader, name) for said in _read(reader, *partition)]
        finally:
            reader.close()

    def _ends(self, reader: Consumer, name: str) -> Iterable[tuple[TopicPartition, int]]:
        for number in self.admin.list_topics(name, timeout=10).topics[name].partitions:
            place = TopicPartition(name, number, 0)
            _, high = reader.get_watermark_offsets(place, timeout=10)
            yield place, high


def _read(reader: Consumer, place: TopicPartition, high: int) -> Iterator[Said]:
    if not high:
        return
    reader.assign([place])
    position = 0
    while position < high:
        message = reader.poll(10)
        assert message is not None, f"nothing came from {place}"
        assert message.error() is None, message.error()
        position = message.offset() + 1
        headers = {name: value.decode() for name, value in message.headers()}
        yield Said(headers["ce_id"], message.key().decode(), message.value(), headers)


def in_first_order(said: list[Said]) -> dict[str, list[str]]:
    """The ids of each key in the order in which each came first."""
    by_key: dict[str, list[str]] = {}
    seen: set[str] = set()
    for each in said:
        if each.id not in seen:
            seen.add(each.id)
            by_key.setdefault(each.key, []).append(each.id)
    return by_key


@contextmanager
def topics_of(bootstrap: str, tenant: str, *streams: str) -> Iterator[Topics]:
    """Topics `<tenant>.<service>.<stream>.v1` for `service.stream`s; deleted at the end."""
    topics = Topics(bootstrap)
    topics.make(*(topic_name(tenant, *stream.split(".")) for stream in streams))
    try:
        yield topics
    finally:
        if topics.made:
            topics.delete(*topics.made)
