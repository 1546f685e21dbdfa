"""An aggregate is saved with its events or not at all, sealed, and seen by its own tenant only."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.changes import SavedFirstError
from chassis.errors import DuplicateKeyError, NotFoundError
from chassis.testing import a_room, committed, raw_bytes, said
from chassis.work import Room
from contracts.flags import FlagHandled
from tests.chassis.counting import SERVICE, Counter, Counting, steps_of


@pytest_asyncio.fixture(loop_scope="function")
async def room(mongo_url: str, tenant: str) -> AsyncIterator[Room]:
    async with a_room(mongo_url, SERVICE, tenant, "other") as room:
        yield room


async def saved(room: Room, tenant: str, *counters: Counter) -> None:
    work = Counting(room, tenant)
    for counter in counters:
        counter.step("made")
        await work.counters.save(counter)
    await committed(room, work)


async def test_what_was_saved_comes_back_with_its_version_and_said_its_events(
    room: Room, tenant: str
) -> None:
    await saved(room, tenant, Counter("c1", note="private", subject="res-1"))

    found = await Counting(room, tenant).counters.get("c1")

    assert (found.steps, found.note, found.version) == (["made"], "private", 1)
    assert [message.moment_id for message in await said(room, FlagHandled)] == ["c1"]


async def test_what_is_sealed_is_nowhere_readable_and_gone_with_its_key(room: Room, tenant: str) -> None:
    await saved(room, tenant, Counter("c1", note="private words", subject="res-1"))

    assert b"private words" not in await raw_bytes(room)
    await room.keyring.destroy(tenant, "res-1", forever=True)
    assert (await Counting(room, tenant).counters.get("c1")).note == ""


async def test_another_tenants_aggregate_does_not_exist(room: Room, tenant: str) -> None:
    await saved(room, tenant, Counter("c1"))
    foreign = Counting(room, "other")

    assert await foreign.counters.find("c1") is None
    assert await foreign.counters.query({}) == []
    with pytest.raises(NotFoundError):
        await foreign.counters.get("c1")


async def test_one_unit_of_work_knows_one_of_each(room: Room, tenant: str) -> None:
    await saved(room, tenant, Counter("c1"), Counter("c2"))
    work = Counting(room, tenant)

    await work.counters.load(["c1", "c2", "c3"])
    (await work.counters.get("c1")).step("again")

    assert (await work.counters.get("c1")).steps == ["made", "again"]
    assert await work.counters.find("c3") is None


async def test_who_read_before_another_saved_is_refused(room: Room, tenant: str) -> None:
    await saved(room, tenant, Counter("c1"))
    first, second = Counting(room, tenant), Counting(room, tenant)
    for work, step in ((first, "first"), (second, "second")):
        counter = await work.counters.get("c1")
        counter.step(step)
        await work.counters.save(counter)

    await committed(room, first)
    with pytest.raises(SavedFirstError):
        await committed(room, second)

    assert await steps_of(room, tenant, "c1") == ["made", "first"]
    assert len(await said(room, FlagHandled)) == 2


async def test_an_aggregate_is_made_once(room: Room, tenant: str) -> None:
    await saved(room, tenant, Counter("c1"))

    with pytest.raises(DuplicateKeyError):
        await saved(room, tenant, Counter("c1"))


async def test_nothing_is_written_before_the_commit(room: Room, tenant: str) -> None:
    work = Counting(room, tenant)
    await work.counters.save(Counter("c1"))
    await work.finish()

    assert await room.database["counters"].count_documents({}) == 0
