"""The same servers in containers, for machines with a Docker engine: the same settings, the same ports, the same end.

They run on the host's network, so that the addresses they announce are those the tests reach them by.
"""

from pathlib import Path
from types import TracebackType
from typing import Any

from testcontainers.core.container import DockerContainer

from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import REPLICA_SET, Mongod

MONGO_IMAGE = "mongo:7"
KAFKA_IMAGE = "apache/kafka:4.1.1"


class MongodInContainer:
    """`mongod` of the official image as a replica set of one."""

    def __init__(self, data_dir: Path) -> None:
        self._server = Mongod(data_dir)
        options = [
            "--replSet",
            REPLICA_SET,
            "--port",
            str(self._server.port),
            "--bind_ip",
            "127.0.0.1",
            "--quiet",
        ]
        self._container = DockerContainer(MONGO_IMAGE).with_kwargs(network_mode="host").with_command(options)

    def __enter__(self) -> Mongod:
        self._container.start()
        self._server.wait()
        self._server.settle()
        return self._server

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._container.stop()


class KafkaInContainer:
    """One KRaft broker of the official image, with the settings of the embedded one."""

    def __init__(self, data_dir: Path) -> None:
        self._server = Kafka(data_dir, fast=True)
        settings: dict[str, Any] = {**self._server.settings(), "log.dirs": "/tmp/kraft-combined-logs"}
        config = data_dir / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "server.properties").write_text(
            "".join(f"{name}={value}\n" for name, value in settings.items())
        )
        self._container = (
            DockerContainer(KAFKA_IMAGE)
            .with_kwargs(network_mode="host")
            .with_env("KAFKA_HEAP_OPTS", "-Xmx256m")
            .with_volume_mapping(config, "/mnt/shared/config", "ro")
        )

    def __enter__(self) -> Kafka:
        self._container.start()
        self._server.wait()
        return self._server

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._container.stop()


def docker_answers() -> bool:
    """Whether a Docker engine would run a container for us."""
    import docker

    try:
        client = docker.from_env(timeout=5)
        client.ping()
    except docker.errors.DockerException:
        return False
    client.close()
    return True
