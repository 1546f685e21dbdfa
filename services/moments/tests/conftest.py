"""A region at work, for every test that names it; every query made meanwhile is looked at."""

from collections.abc import AsyncIterator

import pytest

from services.moments.tests.plans import explaining
from services.moments.tests.world import World, a_world, an_empty_world


@pytest.fixture
async def world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    async with a_world(mongo_url, tenant) as made, explaining(made.room.database):
        yield made


@pytest.fixture
async def empty_world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    async with an_empty_world(mongo_url, tenant) as made:
        yield made
