"""A room of retention on a real database."""

from collections.abc import AsyncIterator

import pytest

from chassis.testing import a_room, an_api
from services.retention.app import SERVICE
from services.retention.tests.world import Retention, a_retention


@pytest.fixture
async def retention(mongo_url: str, tenant: str) -> AsyncIterator[Retention]:
    """Retention for one region, `tenant`, beside another, `other`."""
    async with a_room(mongo_url, SERVICE, tenant, "other") as room, an_api(SERVICE, room) as api:
        yield a_retention(api, tenant)
