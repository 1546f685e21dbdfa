"""A room of retention on a real database."""

from collections.abc import AsyncIterator

import pytest

from chassis.handling import Handling
from chassis.testing import a_room, an_api
from services.retention.app import SERVICE
from services.retention.store.work import RetentionWork
from services.retention.tests.world import Retention


@pytest.fixture
async def retention(mongo_url: str, tenant: str) -> AsyncIterator[Retention]:
    """Retention for one region, `tenant`, beside another, `other`."""
    async with a_room(mongo_url, SERVICE, tenant, "other") as room, an_api(SERVICE, room) as api:
        yield Retention(api, tenant, Handling(room, SERVICE.reactions, RetentionWork))
