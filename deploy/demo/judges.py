"""The judges: what really happened, counted outside the services that are judged.

SMS and mail are counted where they arrived, another region's view through its own user of the broker, and residue in
every document, topic, log and raw file.
"""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.demo.stage import PATIENCE_SECONDS, REPOSITORY, Stage, StoryError

T = TypeVar("T")

# Byte by byte: in UTF-8 a line that is no text would match nothing.
_GREP = ("env", "LC_ALL=C", "grep", "-rlaF", "-f", "/dev/stdin")
_IN_CONTAINER = ("docker", "run", "--rm", "-i")


def sms_to(stage: Stage, number: str) -> list[dict[str, str]]:
    """What the gateway has accepted for this number."""
    found: list[dict[str, str]] = stage.outside("GET", f"{stage.at.sms}/sent", params={"to": number})
    return found


def mail_to(stage: Stage, address: str) -> list[dict[str, str]]:
    """What the mail sink has accepted for this address."""
    found: list[dict[str, str]] = stage.outside("GET", f"{stage.at.mail}/sent", params={"to": address})
    return found


def seen_by_another_region(stage: Stage, region: str, ids: Sequence[str]) -> int:
    """How many messages that name one of these ids the region's own subscriber can read, on any topic it can see."""
    wanted = [identity.encode() for identity in ids]
    return _patiently(lambda: asyncio.run(_seen(stage, region, wanted)))


def _patiently(ask: Callable[[], T]) -> T:
    """The answer of a broker or database that may be on its way back."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except (KafkaError, PyMongoError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


async def _seen(stage: Stage, region: str, ids: Sequence[bytes]) -> int:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stage.at.kafka_subscribers,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-256",
        sasl_plain_username=region,
        sasl_plain_password=stage.at.subscriber_password,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        await consumer.start()
        topics = await consumer.topics()
        foreign = sum(1 for topic in topics if not topic.startswith((f"{region}.", "__")))
        read = [topic for topic in topics if topic.startswith(f"{region}.")]
        return foreign + await _count(consumer, read, ids)
    finally:
        await consumer.stop()


async def _count(consumer: AIOKafkaConsumer, topics: Iterable[str], wanted: Sequence[bytes]) -> int:
    """How many records of these topics hold one of the wanted byte strings, in key, value or headers."""
    found = 0
    async for text in _records(consumer, topics):
        found += any(each in text for each in wanted)
    return found


async def _records(consumer: AIOKafkaConsumer, topics: Iterable[str]):  # type: ignore[no-untyped-def]
    partitions = [
        TopicPartition(topic, p) for topic in topics for p in consumer.partitions_for_topic(topic) or ()
    ]
    if not partitions:
        return
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    begins = await consumer.beginning_offsets(partitions)
    for partition in partitions:
        consumer.seek(partition, begins[partition])
    left = {partition for partition in partitions if begins[partition] < ends[partition]}
    while left:
        batches = await consumer.getmany(timeout_ms=500)
        for partition, records in batches.items():
            for record in records:
                headers = b"".join(name.encode() + (value or b"") for name, value in record.headers)
                yield b"".join((record.key or b"", record.value or b"", headers))
            if records and records[-1].offset + 1 >= ends[partition]:
                left.discard(partition)


class Residue:
    """Looks for readable traces of a person, wherever the stack keeps anything."""

    def __init__(self, stage: Stage, traces: Iterable[str]) -> None:
        self._stage = stage
        self._traces = sorted({trace.encode() for trace in traces})

    def places(self) -> list[str]:
        """Where something readable is: databases, topics, logs and raw files; empty after a purge."""
        found = {
            *_patiently(lambda: list(self._documents())),
            *_patiently(lambda: asyncio.run(self._topics())),
        }
        return sorted({*found, *self._files(), *self._volumes(), *self._logs()})

    def _documents(self) -> Iterator[str]:
        client: MongoClient[dict[str, object]] = MongoClient(self._stage.at.mongo)
        with client:
            for name in client.list_database_names():
                if name in {"admin", "config"}:
                    continue
                # What else a server keeps for itself it shows nobody; it is looked for in the raw files.
                own = ["oplog.rs"] if name == "local" else None
                for collection in own or client[name].list_collection_names():
                    raw: Any = client[name].get_collection(collection).find_raw_batches(batch_size=2000)
                    if any(trace in batch for batch in raw for trace in self._traces):
                        yield f"database {name}.{collection}"

    async def _topics(self) -> list[str]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._stage.at.kafka, auto_offset_reset="earliest", enable_auto_commit=False
        )
        try:
            await consumer.start()
            topics = sorted(topic for topic in await consumer.topics() if not topic.startswith("__"))
            return ["a topic"] if await _count(consumer, topics, self._traces) else []
        finally:
            await consumer.stop()

    def _files(self) -> Iterator[str]:
        for folder in self._stage.at.raw:
            yield from (f"file {line}" for line in self._grep([*_GREP, str(folder)]))

    def _volumes(self) -> Iterator[str]:
        for volume in self._stage.at.volumes:
            mounted = [*_IN_CONTAINER, "-v", f"{volume}:/volume:ro", "python:3.11-slim-bookworm"]
            yield from (f"{volume} {line}" for line in self._grep([*mounted, *_GREP, "/volume"]))

    def _grep(self, command: list[str]) -> list[str]:
        """The files that hold a trace. grep reads a database's sparse files without their holes."""
        patterns = b"\n".join(self._traces)
        found = subprocess.run(command, input=patterns, capture_output=True, check=False)
        # 2: a file was rotated or a segment deleted while we looked; what is still there has been read.
        if found.returncode not in {0, 1, 2}:
            raise StoryError(f"The search for residue failed: {found.stderr.decode(errors='replace')[:200]}")
        return found.stdout.decode(errors="replace").splitlines()

    def _logs(self) -> Iterator[str]:
        if self._stage.at.logs:
            said = subprocess.run(self._stage.at.logs, cwd=REPOSITORY, capture_output=True, check=True).stdout
            yield from {
                f"log of {line.split(b'|')[0].decode(errors='replace').strip()}"
                for line in said.splitlines()
                if any(trace in line for trace in self._traces)
            }
