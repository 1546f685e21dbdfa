"""What a fault test sees of a service from outside: what it was told, what it did, and how it is."""

import asyncio
import contextlib
import subprocess
from pathlib import Path

import httpx
from aiokafka import AIOKafkaProducer

from chassis.mongo import connect, database
from chassis.relay import make_producer, partition_of
from chassis.testing import a_record
from contracts.registry import topic_name
from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import Mongod
from deploy.embedded.ports import free_port
from tests.chassis.counting import LONG_AGO, SERVICE, handled, started
from tests.chassis.topics import Topics
from tests.faults.processes import ROOT, Program


class Worker:
    """One process of the service."""

    def __init__(self, program: Program, port: int) -> None:
        self.program = program
        self._url = f"http://127.0.0.1:{port}"

    async def is_ready(self) -> bool:
        return await self.status("ready") == 200

    async def status(self, kind: str) -> int:
        """The status of a health check; 0 if nobody answers."""
        with contextlib.suppress(httpx.HTTPError):
            async with httpx.AsyncClient(timeout=6) as client:
                return (await client.get(f"{self._url}/health/{kind}")).status_code
        return 0

    async def metrics(self) -> str:
        async with httpx.AsyncClient(timeout=6) as client:
            return (await client.get(f"{self._url}/metrics")).text


class World:
    """A tenant's topic, a database, and workers."""

    def __init__(self, mongod: Mongod, kafka: Kafka, home: Path, tenant: str, topics: Topics) -> None:
        self.mongod, self.kafka, self.home, self.tenant, self.topics = mongod, kafka, home, tenant, topics
        self.client = connect(mongod.uri(SERVICE))
        self.database = database(self.client, SERVICE)
        self.workers: list[Worker] = []
        self.told: dict[str, list[str]] = {}
        self._producer: AIOKafkaProducer | None = None

    def a_worker(self, *, instance: bool = True, **environment: str) -> Worker:
        """A worker that is started now."""
        number, port = len(self.workers), free_port()
        settings = {
            "SOB_MONGO_URI": self.mongod.uri(SERVICE),
            "SOB_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "SOB_TENANTS": str(self.home / "tenants"),
            "SOB_SECRETS": str(self.home / "secrets"),
            "SOB_ISSUER": "http://127.0.0.1:1",
            "SOB_PORT": str(port),
            **({"SOB_INSTANCE": f"{self.tenant}-{number}"} if instance else {}),
            **environment,
        }
        log = self.home / f"worker{number}.log"
        worker = Worker(Program("tests.faults.worker", log, "worker", environment=settings), port)
        self.workers.append(worker)
        worker.program.start()
        return worker

    async def hears(
        self, how_many: int, *, keys: int = 20, tenant: str | None = None, name: str | None = None
    ) -> None:
        """Publish that many more messages to the topic, in order per key."""
        producer = await self._started()
        topic = name or topic_name(tenant or self.tenant, "moments", "moment")
        first = sum(map(len, self.told.values()))
        sent = []
        for number in range(first, first + how_many):
            moment = f"m{number % keys}"
            record = a_record(started(moment, f"s{number}"), tenant=tenant or self.tenant)
            self.told.setdefault(moment, []).append(f"s{number}")
            place = partition_of(moment, 4)
            sent.append(
                await producer.send(
                    topic, record.value, key=record.key, partition=place, headers=list(record.headers)
                )
            )
        await asyncio.gather(*sent)

    async def hears_nonsense(self, *values: bytes) -> None:
        """Publish messages whose envelope is right and whose body is not."""
        producer = await self._started()
        for value in values:
            record = a_record(started("m0"), tenant=self.tenant)
            await producer.send_and_wait(record.topic, value, key=record.key, headers=list(record.headers))

    async def command(self, *words: str) -> str:
        """What a command of the service says, on either stream."""
        program = self.workers[0].program
        command = [*program.command[:3], *words]
        done = await asyncio.to_thread(
            subprocess.run,
            command,
            cwd=ROOT,
            env=program.environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.stdout + done.stderr

    async def says(self, *moments: str) -> None:
        """Put a message about each moment into the outbox."""
        await self.database["outbox"].insert_many(
            [
                {
                    "_id": f"while-away-{moment}",
                    "topic": topic_name(self.tenant, "flags", "flag"),
                    "key": moment,
                    "type": handled(moment).type(),
                    "time": LONG_AGO.isoformat(),
                    "trace": None,
                    "value": handled(moment).model_dump_json().encode(),
                }
                for moment in moments
            ]
        )

    async def counted(self) -> dict[str, list[str]]:
        """What has been counted, by counter."""
        found = await self.database["counters"].find().to_list(None)
        return {document["counter"]: document["steps"] for document in found}

    async def how_many(self) -> int:
        return sum(map(len, (await self.counted()).values()))

    async def has_counted(self, enough: int) -> bool:
        return await self.how_many() >= enough

    async def has_counted_all(self) -> bool:
        """Everything it was told, each once and in order per key."""
        assert await self.counted() == self.told
        return True

    async def diary(self) -> dict[str, list[str]]:
        """The effects that a transaction must hold once: one entry for each step."""
        return {d["key"]: d["entries"] for d in await self.database["diary"].find().to_list(None)}

    async def committed(self) -> int:
        """The sum of the group's committed offsets on the tenant's topic."""
        from confluent_kafka import Consumer, TopicPartition

        topic = topic_name(self.tenant, "moments", "moment")

        def ask() -> int:
            reader = Consumer(
                {"bootstrap.servers": self.kafka.bootstrap, "group.id": SERVICE, "log_level": 0}
            )
            try:
                places = reader.committed([TopicPartition(topic, n) for n in range(4)], timeout=10)
                return sum(max(0, place.offset) for place in places)
            finally:
                reader.close()

        return await asyncio.to_thread(ask)

    async def close(self) -> None:
        """Leave no process and no connection behind."""
        for worker in self.workers:
            worker.program.resume()
            worker.program.kill()
        if self._producer is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await self._producer.stop()
        self.client.close()

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = make_producer(bootstrap_servers=self.kafka.bootstrap)
            await self._producer.start()
        return self._producer

    def logs(self) -> str:
        """The last lines of every worker, for an assertion that fails."""
        return "\n".join("\n".join(worker.program.said().splitlines()[-15:]) for worker in self.workers)
