"""The world of each slow test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.notifications.tests.reader import Me
from services.notifications.tests.world import World, a_world


@pytest_asyncio.fixture(loop_scope="function")
async def world(mongo_url: str, tenant: str, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(mongo_url, tenant, tmp_path) as made:
        yield made


@pytest.fixture
def me(world: World) -> Me:
    return Me(world)
