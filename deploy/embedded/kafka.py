"""The real Apache Kafka as one KRaft node, as a child of tests or a program under a supervisor.

Two doors for clients: PLAINTEXT on loopback, where whoever comes is the administrator, and SASL_PLAINTEXT (SCRAM),
where services and regions come and may do nothing that no ACL allows.
"""

import base64
import socket
import struct
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.kafka_cache import startup_cache
from deploy.embedded.parts import find_java, kafka_class_path
from deploy.embedded.ports import HOST, free_port
from deploy.embedded.process import Process, StartError

_QUIET = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]
_QUIET += ["-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ", "-Djava.awt.headless=true"]
_LEAN = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


@dataclass(frozen=True, slots=True)
class KafkaPorts:
    """The doors of the broker: administrator, controller, everybody else."""

    plaintext: int = field(default_factory=free_port)
    controller: int = field(default_factory=free_port)
    sasl: int = field(default_factory=free_port)


class Kafka(Process):
    """One broker and controller below `data_dir`; `fast` starts in half the time and is not for load."""

    def __init__(
        self,
        data_dir: Path,
        ports: KafkaPorts | None = None,
        *,
        fast: bool = False,
        heap_mb: int = 512,
        java_options: Sequence[str] | None = None,
    ) -> None:
        super().__init__("kafka", data_dir)
        self.ports = ports or KafkaPorts()
        self.fast = fast
        self.heap_mb = heap_mb
        self.java_options = java_options

    @property
    def bootstrap(self) -> str:
        """The administrator's door: no password, all rights, loopback alone."""
        return f"{HOST}:{self.ports.plaintext}"

    @property
    def sasl_bootstrap(self) -> str:
        """The door of services and subscribers: SASL_PLAINTEXT, SCRAM-SHA-256."""
        return f"{HOST}:{self.ports.sasl}"

    @property
    def properties_file(self) -> Path:
        """The settings, written anew at each start."""
        return self.data_dir / "server.properties"

    def argv(self) -> list[str]:
        """The command of the broker, for a child or for a supervisor; `prepare` must have been called."""
        java, jars = find_java(newest=self.fast), kafka_class_path()
        options = self.java_options
        if options is None:
            roomy = [f"-Xmx{self.heap_mb}m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"]
            options = [*_LEAN, *startup_cache(java, jars, _record)] if self.fast else roomy
        return [java.path, *options, *_QUIET, "-cp", jars, "kafka.Kafka", str(self.properties_file)]

    def prepare(self) -> None:
        """Write the settings and format the storage, once."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{name}={value}\n" for name, value in self.settings().items())
        self.properties_file.write_text(text)
        if (self.data_dir / "log" / "meta.properties").exists():
            return
        tool = [
            find_java(newest=self.fast).path,
            *_LEAN,
            "-cp",
            kafka_class_path(),
            "kafka.tools.StorageTool",
        ]
        tool += ["format", "--standalone", "-t", _cluster_id(), "-c", str(self.properties_file)]
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = " ".join((done.stdout + done.stderr).strip().splitlines()[-1:])
            raise StartError(f"Kafka's storage in {self.data_dir} could not be formatted: {last}")

    def answers(self) -> bool:
        """Whether it serves clients and counts itself as alive (a fenced broker answers, but takes no topics)."""
        return _known_brokers(self.ports.plaintext) > 0

    def settings(self) -> dict[str, str]:
        """Every setting that differs from Kafka's own."""
        client_doors = f"PLAINTEXT://{HOST}:{self.ports.plaintext},SASL_PLAINTEXT://{HOST}:{self.ports.sasl}"
        protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "log.dirs": str(self.data_dir / "log"),
            "listeners": f"{client_doors},CONTROLLER://{HOST}:{self.ports.controller}",
            "advertised.listeners": client_doors,
            "listener.security.protocol.map": protocols,
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": f"{HOST}:{self.ports.controller}",
            "inter.broker.listener.name": "PLAINTEXT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-256",
            "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config": scram,
            "connections.max.reauth.ms": "3600000",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:admin",
            "allow.everyone.if.no.acl.found": "false",
            "auto.create.topics.enable": "false",
            "num.partitions": "3",
            "default.replication.factor": "1",
            "offsets.topic.num.partitions": "3",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "3",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            # The default of 5 ms delays each commit of offsets by as much.
            "group.coordinator.append.linger.ms": "0",
            "group.initial.rebalance.delay.ms": "0",
            # A killed broker waits for its own old registration to run out: 11 s by default.
            "broker.session.timeout.ms": "1500",
            "broker.heartbeat.interval.ms": "300",
            "log.cleaner.dedupe.buffer.size": "4194304" if self.fast else "33554432",
            "num.recovery.threads.per.data.dir": "2",
        }


def _record(options: list[str]) -> None:
    with (
        tempfile.TemporaryDirectory() as scratch,
        Kafka(Path(scratch), fast=True, java_options=[*_LEAN, *options]),
    ):
        """Its ordinary stop is what writes the cache."""


def _cluster_id() -> str:
    # StorageTool takes an id that begins with a dash for an option.
    while True:
        drawn = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not drawn.startswith("-"):
            return drawn


def _known_brokers(port: int) -> int:
    """How many brokers a Metadata request (version 4, no topics) is told of; 0 when nobody answers."""
    client = b"sob-ready"
    body = struct.pack(">hhih", 3, 4, 1, len(client)) + client + struct.pack(">i?", 0, False)
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = b""
            while len(answer) < 16:
                read = connection.recv(4096)
                if not read:
                    return 0
                answer += read
    except OSError:
        return 0
    _size, _correlation, _throttle, brokers = struct.unpack(">iiii", answer[:16])
    return int(brokers)
