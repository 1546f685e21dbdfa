"""Workers as processes, on a database of the test's own that may be stopped, and on the tests' broker."""

import base64
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import Mongod
from tests.chassis.topics import topics_of
from tests.faults.world import World


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[Mongod]:
    """A database that the test may kill and start."""
    with Mongod(tmp_path / "mongod") as mongod:
        yield mongod


@pytest.fixture
def home(tmp_path: Path, tenant: str) -> Path:
    """The files of a service's process: keys, and one tenant."""
    for folder in ("secrets", "tenants"):
        (tmp_path / folder).mkdir()
    for name in ("master.key", "pseudonym.key"):
        key = tmp_path / "secrets" / name
        key.touch(mode=0o600)
        key.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    example = Path("deploy/tenants/vgr.yaml").read_text()
    (tmp_path / "tenants" / f"{tenant}.yaml").write_text(example.replace("slug: vgr", f"slug: {tenant}"))
    return tmp_path


@pytest_asyncio.fixture(loop_scope="function")
async def world(mongod: Mongod, kafka: Kafka, home: Path, tenant: str) -> AsyncIterator[Any]:
    """Topics, a database, and workers to be started."""
    with topics_of(kafka.bootstrap, tenant, "moments.moment", "flags.flag", "flags.audit") as topics:
        world = World(mongod, kafka, home, tenant, topics)
        try:
            yield world
        finally:
            await world.close()
