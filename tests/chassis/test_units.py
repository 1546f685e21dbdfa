"""Who comes second reads again; who stated a version is told; an answer is given when it is durable."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.changes import SavedFirstError
from chassis.committer import Committer
from chassis.errors import DuplicateKeyError, StaleError
from chassis.http.identity import Resident, Staff
from chassis.testing import a_room, committed
from chassis.units import Units, actor_of
from chassis.work import Actor, Room
from tests.chassis.counting import SERVICE, Counter, Counting, count, steps_of


@pytest_asyncio.fixture(loop_scope="function")
async def room(mongo_url: str, tenant: str) -> AsyncIterator[Room]:
    async with a_room(mongo_url, SERVICE, tenant) as room:
        work = Counting(room, tenant)
        await work.counters.save(Counter("c1"))
        await committed(room, work)
        yield room


@pytest_asyncio.fixture(loop_scope="function")
async def units(room: Room) -> Units[Counting]:
    return Units(room, Committer(room.client, room.database), Counting)


class Meanwhile:
    """A use case that counts, while somebody else saves first as often as told."""

    def __init__(self, room: Room, tenant: str, times: int) -> None:
        self.room, self.tenant, self.times = room, tenant, times
        self.ran = 0
        self.stated: int | None = None

    async def __call__(self, work: Counting) -> str:
        self.ran += 1
        counter = await work.counters.get("c1")
        if self.stated is not None and counter.version != self.stated:
            raise StaleError("It has another version.")
        if self.ran <= self.times:
            other = Counting(self.room, self.tenant)
            await count("c1", "other", other)
            await committed(self.room, other)
        counter.step("mine")
        await work.counters.save(counter)
        return f"run {self.ran}"


async def test_who_was_overtaken_reads_again_and_counts_once(
    room: Room, units: Units[Counting], tenant: str
) -> None:
    use_case = Meanwhile(room, tenant, times=2)

    assert await units.run_as(tenant, room.system, use_case) == "run 3"

    assert await steps_of(room, tenant, "c1") == ["other", "other", "mine"]


async def test_after_six_tries_it_is_told(room: Room, units: Units[Counting], tenant: str) -> None:
    use_case = Meanwhile(room, tenant, times=99)

    with pytest.raises(SavedFirstError):
        await units.run_as(tenant, room.system, use_case)

    assert use_case.ran == 6


async def test_a_stated_version_is_refused_and_never_retried(
    room: Room, units: Units[Counting], tenant: str
) -> None:
    use_case = Meanwhile(room, tenant, times=1)
    use_case.stated = 1

    with pytest.raises(StaleError) as refused:
        await units.run_as(tenant, room.system, use_case)

    assert not isinstance(refused.value, SavedFirstError)
    assert use_case.ran == 2
    assert await steps_of(room, tenant, "c1") == ["other"]


async def test_who_made_the_same_aggregate_second_reads_the_first(
    room: Room, units: Units[Counting], tenant: str
) -> None:
    ran: list[int] = []

    async def find_or_make(work: Counting) -> None:
        ran.append(1)
        await count("new", "mine", work)
        if len(ran) == 1:
            other = Counting(room, tenant)
            await count("new", "other", other)
            await committed(room, other)

    await units.run_as(tenant, room.system, find_or_make)

    assert await steps_of(room, tenant, "new") == ["other", "mine"]


async def test_any_other_duplicate_is_answered_at_once(
    room: Room, units: Units[Counting], tenant: str
) -> None:
    await room.database["idempotency"].insert_one({"_id": "once"})
    ran: list[int] = []

    async def twice(work: Counting) -> None:
        ran.append(1)
        await count("c1", "mine", work)
        work.insert("idempotency", {"_id": "once"})

    with pytest.raises(DuplicateKeyError):
        await units.run_as(tenant, room.system, twice)

    assert ran == [1]
    assert await steps_of(room, tenant, "c1") == []


async def test_a_use_case_that_refuses_writes_nothing(
    room: Room, units: Units[Counting], tenant: str
) -> None:
    async def refuse(work: Counting) -> None:
        await count("c1", "mine", work)
        raise StaleError("No.")

    with pytest.raises(StaleError):
        await units.run_as(tenant, room.system, refuse)

    assert await steps_of(room, tenant, "c1") == []


def test_the_actor_is_who_called() -> None:
    staff = Staff("vgr", "SE2321000131-P1", "SE2321000131-E1")
    resident = Resident("vgr", "res-1", "191212121212")

    assert actor_of(staff) == Actor("staff", "SE2321000131-P1", "SE2321000131-E1")
    assert actor_of(resident) == Actor("resident", "res-1")
