"""Every query of a test that has a world is looked at: here, that a scan is seen, and that indexes know tenants."""

from collections.abc import AsyncIterator

import pytest

from chassis.work import Room
from services.moments.app import SERVICE
from services.moments.tests.plans import explaining
from services.moments.tests.world import an_empty_world


@pytest.fixture
async def room(mongo_url: str, tenant: str) -> AsyncIterator[Room]:
    async with an_empty_world(mongo_url, tenant) as world:
        yield world.room


def test_every_index_begins_with_the_tenant() -> None:
    for collection, indexes in SERVICE.indexes.items():
        for index in indexes:
            assert index.fields.split()[0] == "tenant", f"{index.name} of {collection}"


@pytest.mark.parametrize(
    "where", [{"tenant": "vgr", "is_ended": False}, {"practitioner": "SE1"}, {"resident": "res-1"}]
)
async def test_a_query_that_no_index_of_a_tenant_serves_is_seen(room: Room, where: dict[str, object]) -> None:
    moments = room.database["moments"]
    await moments.insert_one({"_id": "vgr|mom-1", **where})
    await moments.create_index("practitioner")

    with pytest.raises(
        AssertionError, match=r"moments is (scanned|asked across tenants|scanned within the tenant)"
    ):
        async with explaining(room.database):
            await moments.find(where).to_list(None)


async def test_what_an_index_serves_passes(room: Room) -> None:
    async with explaining(room.database):
        await room.database["moments"].find({"tenant": "vgr", "resident": "res-1"}).to_list(None)
        await room.database["moments"].find_one({"_id": "vgr|mom-1"})
