"""The same servers in containers, for machines with a Docker engine: the same settings, the same ports, the same end.

They run on the host's network, so that the addresses they announce are those the tests reach them by.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import REPLICA_SET, TRANSACTION_SECONDS, Mongod
from deploy.embedded.process import Process, StartError

MONGO_IMAGE = os.environ.get("SOB_MONGO_IMAGE", "mongo:7")
KAFKA_IMAGE = os.environ.get("SOB_KAFKA_IMAGE", "apache/kafka:4.1.0")


@contextmanager
def mongod_in_container(data_dir: Path, services: Sequence[str] = ()) -> Iterator[Mongod]:
    """`mongod` of the official image as a replica set of one; with `services`, one user for each of them."""
    server = Mongod(data_dir, auth=bool(services), services=services)
    server.prepare()
    options = ["--replSet", REPLICA_SET, "--port", str(server.port), "--bind_ip", "127.0.0.1", "--quiet"]
    options += ["--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"]
    container = DockerContainer(MONGO_IMAGE)
    if services:
        options += ["--keyFile", "/etc/mongo/keyfile"]
        container.with_volume_mapping(data_dir, "/etc/mongo", "ro")
    # Past the image's own start, which becomes a user that cannot read a test's folder.
    with _running(server, container.with_command(options), entrypoint="mongod"):
        yield server


@contextmanager
def kafka_in_container(data_dir: Path) -> Iterator[Kafka]:
    """One KRaft broker of the official image, with the settings of the embedded one."""
    server = Kafka(data_dir, fast=True)
    settings = {**server.settings(), "log.dirs": "/tmp/kraft-combined-logs"}
    config = data_dir / "config"
    config.mkdir(parents=True)
    (config / "server.properties").write_text(
        "".join(f"{name}={value}\n" for name, value in settings.items())
    )
    container = DockerContainer(KAFKA_IMAGE).with_env("KAFKA_HEAP_OPTS", "-Xmx256m")
    with _running(server, container.with_volume_mapping(config, "/mnt/shared/config", "ro")):
        yield server


@contextmanager
def _running(server: Process, container: DockerContainer, **more: str) -> Iterator[None]:
    _do_without_reaper_where_there_is_none()
    try:
        # As root, because the folders of a test are for its user alone.
        container.with_kwargs(network_mode="host", user="root", **more).start()
    except DockerException as refusal:
        raise StartError(" ".join(str(refusal).split())) from None
    try:
        try:
            server.wait()
            server.settle()
        except StartError as silent:
            last = b" ".join(container.get_logs()).decode(errors="replace").strip().splitlines()[-3:]
            raise StartError(f"{silent} | {' | '.join(last)}") from None
        yield
    finally:
        container.stop()


def _do_without_reaper_where_there_is_none() -> None:
    """The reaper ends containers of killed tests; an engine that cannot get its image runs the tests without it."""
    if testcontainers_config.ryuk_disabled:
        return
    client = docker.from_env(timeout=30)
    try:
        client.images.get(testcontainers_config.ryuk_image)
    except ImageNotFound:
        try:
            client.images.pull(testcontainers_config.ryuk_image)
        except DockerException:
            testcontainers_config.ryuk_disabled = True
    finally:
        client.close()


def docker_answers() -> bool:
    """Whether a Docker engine would run a container for us."""
    try:
        client = docker.from_env(timeout=5)
        client.ping()
    except DockerException:
        return False
    client.close()
    return True
