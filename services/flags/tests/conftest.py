"""A running moment and the people around it, on a real database."""

from collections.abc import AsyncIterator

import pytest

from chassis.testing import a_room, an_api
from services.flags.app import SERVICE
from services.flags.tests.world import World


@pytest.fixture
async def world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    other = f"{tenant[:-1]}{'b' if tenant[-1] == 'a' else 'a'}"
    async with a_room(mongo_url, SERVICE, tenant, other) as room, an_api(SERVICE, room) as api:
        yield World(tenant, other, room, api)
