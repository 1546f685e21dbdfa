"""Real servers for tests, started by the first test that asks: `mongo_url`, `kafka`; and a `tenant` for each test.

Whoever lacks a server fails with one line that says why; nothing is skipped, so green means that it ran.
"""

import os
import secrets
import string
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import Mongod
from deploy.embedded.parts import PartMissingError
from deploy.embedded.process import StartError

# A fixture, or the value of a parameter that chooses the real thing: both need the server.
_SERVERS = {"mongo_url": "mongod", "mongo": "mongod", "kafka": "kafka"}
_PROPERTY = "server"
_TESTS_OF_A_MONGOD = 100


def _in_containers() -> bool:
    if os.environ.get("SOB_TESTCONTAINERS") != "1":
        return False
    from tests.containers import docker_answers

    if not docker_answers():
        pytest.fail(
            "SOB_TESTCONTAINERS=1, but no Docker engine answers: start it or unset it.", pytrace=False
        )
    return True


def _mongod(folder: Path) -> AbstractContextManager[Mongod]:
    if not _in_containers():
        return Mongod(folder)
    from tests.containers import mongod_in_container

    return mongod_in_container(folder)


def _kafka(folder: Path) -> AbstractContextManager[Kafka]:
    if not _in_containers():
        return Kafka(folder, fast=True)
    from tests.containers import kafka_in_container

    return kafka_in_container(folder)


class _Mongods:
    """One server at a time, and a new one after so many tests.

    A database keeps the files of what tests have dropped open for minutes, and may have only so many.
    """

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._running = ExitStack()
        self._uri: str | None = None
        self._asked = 0

    def uri(self) -> str:
        if self._asked == _TESTS_OF_A_MONGOD:
            self.close()
        if self._uri is None:
            self._uri = self._running.enter_context(_mongod(self._folders.mktemp("mongod"))).uri("tests")
        self._asked += 1
        return self._uri

    def close(self) -> None:
        self._uri, self._asked = None, 0
        self._running.close()


@pytest.fixture(scope="session")
def _mongods(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Mongods]:
    mongods = _Mongods(tmp_path_factory)
    yield mongods
    mongods.close()


@pytest.fixture
def mongo_url(_mongods: _Mongods) -> str:
    """The address of a real replica set without passwords; databases are each test's own to name and drop."""
    try:
        return _mongods.uri()
    except (PartMissingError, StartError) as missing:
        raise pytest.fail.Exception(f"mongod: {missing}", pytrace=False) from None


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A real broker: `.bootstrap` for the administrator, `.sasl_bootstrap` for everybody else."""
    try:
        with _kafka(tmp_path_factory.mktemp("kafka")) as broker:
            yield broker
    except (PartMissingError, StartError) as missing:
        raise pytest.fail.Exception(f"kafka: {missing}", pytrace=False) from None


@pytest.fixture
def tenant() -> str:
    """A slug no other test has, so tests share servers and never data."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, so that `-m "not slow"` starts none."""
    for item in items:
        for server in _servers_of(item):
            item.user_properties.append((_PROPERTY, server))
            item.add_marker("slow")
            if server == "kafka":
                item.add_marker("kafka")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line: how many tests ran against real servers, and where those came from."""
    passed = terminalreporter.getreports("passed")
    ran = Counter(server for report in passed for name, server in report.user_properties if name == _PROPERTY)
    if ran:
        kind = "containers" if os.environ.get("SOB_TESTCONTAINERS") == "1" else "embedded parts"
        counts = ", ".join(f"{count} with {server}" for server, count in sorted(ran.items()))
        terminalreporter.write_line(f"Passed against {kind}: {counts}.")


def _servers_of(item: pytest.Item) -> set[str]:
    names = set(getattr(item, "fixturenames", ()))
    chosen = getattr(item, "callspec", None)
    values = {value for value in chosen.params.values() if isinstance(value, str)} if chosen else set()
    return {_SERVERS[name] for name in (names | values) & _SERVERS.keys()}
