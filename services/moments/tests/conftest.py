"""A region at work, for every test that names it."""

from collections.abc import AsyncIterator

import pytest

from services.moments.tests.world import World, a_world, an_empty_world


@pytest.fixture
async def world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    async with a_world(mongo_url, tenant) as made:
        yield made


@pytest.fixture
async def empty_world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    async with an_empty_world(mongo_url, tenant) as made:
        yield made
