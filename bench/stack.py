"""A broker and a database of the benchmark's own, and the environment in which its processes run.

Everything lies in one temporary folder and ends with the block, however it is left.
"""

import base64
import os
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import confluent_kafka.admin
from pymongo import MongoClient

from bench.actors import Actor, BenchError, Program
from bench.people import STAFF, TENANT, UNIT, Issuer
from bench.rounds import progress
from bench.seeds import make_collections
from bench.topics import TopicReader
from contracts.access import Role
from contracts.registry import TOPICS
from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import Mongod
from deploy.embedded.ports import free_port

# The client's module does not export its names to type checkers.
admin: Any = confluent_kafka.admin

_HEAP_MB = 768
_CACHE_GB = 1.0


@dataclass
class Stack:
    """What a benchmark module has at hand. `size` scales its work: 1 in full, less for a smoke."""

    folder: Path
    kafka: Kafka
    mongod: Mongod
    issuer: Issuer
    size: float
    rounds: int
    _exits: ExitStack
    _count: int = field(default=0)
    _programs: list[tuple[str, Program]] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """The environment of a process on this stack; every process, floors too, has the same."""
        return {
            "SOB_MONGO_URI": self.mongod.admin_uri,
            "SOB_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "SOB_SECRETS": str(self.folder / "secrets"),
            "SOB_ISSUER": self.issuer.url,
            "SOB_LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def mongo(self) -> "MongoClient[dict[str, Any]]":
        """A client of the orchestrator's own, for setting the table and counting what is on it."""
        return self._exits.enter_context(MongoClient(self.mongod.admin_uri, tz_aware=True))

    def work(self, full: int) -> int:
        """How much work to do where `full` is asked for."""
        return max(1, int(full * self.size))

    def log(self, name: str) -> Path:
        self._count += 1
        return self.folder / f"{self._count:02}-{name}.log"

    def actor(self, module: str, *arguments: str, **env: str) -> Actor:
        """An actor on this stack, not started."""
        name = module.rsplit(".", 1)[-1]
        actor = Actor(module, *arguments, env={**self.env, **env}, log=self.log(name))
        self._programs.append((name, actor))
        return actor

    def processes(self) -> list[tuple[str, int]]:
        """Name and pid of all that run: broker, database, services and actors."""
        parts = [("kafka", self.kafka.pid), ("mongod", self.mongod.pid)]
        parts += [(name, program.pid) for name, program in self._programs]
        return [(name, pid) for name, pid in parts if pid is not None]

    @contextmanager
    def service(self, name: str, kind: str, **extra: str) -> Iterator[str]:
        """A process of a benchmark's service, as `python -m services.X <kind>` would run; the address it serves."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        env = {**self.env, "SOB_PORT": str(port), "SOB_INSTANCE": f"bench-{name}-{kind}", **extra}
        program = Program("bench.subjects", name, kind, env=env, log=self.log(f"{name}-{kind}"))
        self._programs.append((f"{name}-{kind}", program))
        with program:
            await_ready(url, program)
            yield url


def await_ready(url: str, program: Program, timeout: float = 60) -> None:
    """Return when the process says that it is ready."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=2):
                return
        except OSError:
            ended = program.child is None or program.child.poll() is not None
            if ended or time.monotonic() > deadline:
                raise BenchError(f"{url} is not ready: {program.last_lines()}") from None
            time.sleep(0.1)


@contextmanager
def a_stack(*, size: float, rounds: int) -> Iterator[Stack]:
    """Start broker and database and make the topics of one tenant."""
    with ExitStack() as exits:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="sob-bench-")))
        progress("starting MongoDB and Kafka")
        mongod = exits.enter_context(Mongod(folder / "mongo", cache_gb=_CACHE_GB))
        kafka = exits.enter_context(Kafka(folder / "kafka", heap_mb=_HEAP_MB))
        issuer = Issuer()
        exits.callback(issuer.close)
        secrets = folder / "secrets"
        secrets.mkdir(mode=0o700)
        for name in ("master.key", "pseudonym.key"):
            file = secrets / name
            file.write_text(base64.b64encode(os.urandom(32)).decode() + "\n")
            file.chmod(0o600)
        _make_topics(kafka.bootstrap)
        stack = Stack(folder, kafka, mongod, issuer, size, rounds, exits)
        make_collections(stack.mongo)
        _grant(stack)
        yield stack


def _make_topics(bootstrap: str) -> None:
    client = admin.AdminClient({"bootstrap.servers": bootstrap})
    topics = [admin.NewTopic(topic.name(TENANT), topic.partitions, 1) for topic in TOPICS]
    for made in client.create_topics(topics).values():
        made.result(30)


def _grant(stack: Stack) -> None:
    stack.mongo["moments"]["grants"].insert_one(
        {
            "_id": f"{TENANT}|{UNIT}|{STAFF}",
            "tenant": TENANT,
            "unit": UNIT,
            "person": STAFF,
            "roles": [role.value for role in Role],
        }
    )


@contextmanager
def hearing(stack: Stack) -> Iterator[Actor]:
    """The whole consumer of the service that hears, from now on: what is on the topic already is left out."""
    with closing(TopicReader(stack.kafka.bootstrap, f"{TENANT}.moments.moment.v1")) as topic:
        topic.rewind("flags", topic.ends())
    with stack.actor("bench.subjects.hearing", "full") as hearer:
        yield hearer
        # A member that is killed is waited for, and its group cannot be moved meanwhile.
        hearer.do("stop")
