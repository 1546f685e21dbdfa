"""Timers fire once, in due order, in the tenant's civil time; a failing one keeps nobody waiting."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from chassis.leases import Lease
from chassis.mongo import UnavailableError
from chassis.testing import NOON, a_room, clock_of, committed
from chassis.timers import Timer, Timers, cancel_timer, set_timer
from chassis.work import Room, Work
from tests.chassis.counting import SERVICE, Counting, handled
from tests.eventually import eventually
from tests.running import running

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)


class World:
    """A service whose timers write down what has fired."""

    def __init__(self, room: Room, tenant: str) -> None:
        self.room = room
        self.tenant = tenant
        self.failing: set[str] = set()
        # More than so many are not committed in time.
        self.most = 1000
        self.timers = self.a_worker()

    def a_worker(self) -> Timers:
        return Timers(self.room, {"ring": self.ring, "daily": self.daily}, Counting)

    async def ring(self, timer: Timer, work: Work) -> None:
        if timer.key in self.failing:
            raise ValueError
        if len(work.changes.inserts["fired"]) >= self.most:
            raise UnavailableError
        work.insert("fired", {"key": timer.key, "due_at": timer.due_at, **timer.data})
        work.say(handled("m0"), about=timer.key)

    async def daily(self, timer: Timer, work: Work) -> None:
        await self.ring(timer, work)
        local = timer.due_at.astimezone(STOCKHOLM)
        tomorrow = datetime.combine(local.date() + timedelta(days=1), local.time(), STOCKHOLM)
        set_timer(work, "daily", timer.key, tomorrow)

    async def sets(self, key: str, due_at: datetime, kind: str = "ring", **data: str) -> None:
        work = Counting(self.room, self.tenant)
        set_timer(work, kind, key, due_at, **data)
        await committed(self.room, work)

    async def cancels(self, key: str) -> None:
        work = Counting(self.room, self.tenant)
        cancel_timer(work, "ring", key)
        await committed(self.room, work)

    async def fires_all(self) -> None:
        async with asyncio.timeout(20):
            while await self.timers.fire_due():
                pass

    async def fired(self) -> list[str]:
        return [d["key"] for d in await self.room.database["fired"].find().sort("_id", 1).to_list(None)]

    async def fired_at(self) -> list[datetime]:
        found = await self.room.database["fired"].find().sort("due_at", 1).to_list(None)
        return [document["due_at"].astimezone(STOCKHOLM) for document in found]


@pytest_asyncio.fixture(loop_scope="function")
async def world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    async with a_room(mongo_url, SERVICE, tenant) as room:
        yield World(room, tenant)


async def test_a_timer_fires_when_it_is_due_and_not_before(world: World) -> None:
    await world.sets("a", NOON + HOUR, note="n-1")
    await world.fires_all()
    assert await world.fired() == []

    clock_of(world.room).advance(HOUR)
    await world.fires_all()
    await world.fires_all()

    [fired] = await world.room.database["fired"].find().to_list(None)
    assert (fired["key"], fired["note"]) == ("a", "n-1")
    assert await world.room.database["outbox"].count_documents({}) == 1


async def test_a_clock_that_jumps_forward_fires_all_in_due_order(world: World) -> None:
    for number in reversed(range(250)):
        await world.sets(f"k{number}", NOON + number * HOUR)

    clock_of(world.room).advance(timedelta(days=30))
    await world.fires_all()

    found = await world.room.database["fired"].find().sort("_id", 1).to_list(None)
    assert len(found) == 250
    pages = [found[start : start + 100] for start in (0, 100, 200)]
    assert [max(d["due_at"] for d in page) for page in pages[:2]] == [NOON + 99 * HOUR, NOON + 199 * HOUR]


async def test_setting_a_timer_again_moves_it(world: World) -> None:
    await world.sets("a", NOON)
    await world.sets("a", NOON + HOUR)

    await world.fires_all()
    assert await world.fired() == []
    clock_of(world.room).advance(HOUR)
    await world.fires_all()

    assert await world.fired() == ["a"]


async def test_a_timer_that_is_moved_while_it_fires_fires_at_its_new_time(world: World) -> None:
    await world.sets("a", NOON)
    due = await world.room.database["timers"].find({}).to_list(None)
    await world.sets("a", NOON + HOUR)

    await world.timers._fire(due)

    assert await world.fired() == []
    clock_of(world.room).advance(HOUR)
    await world.fires_all()
    assert await world.fired() == ["a"]


async def test_a_cancelled_timer_never_fires(world: World) -> None:
    await world.sets("a", NOON)
    await world.cancels("a")

    await world.fires_all()

    assert await world.fired() == []


async def test_a_failing_timer_is_tried_later_and_keeps_nobody_waiting(world: World) -> None:
    world.failing = {"k3"}
    for number in range(10):
        await world.sets(f"k{number}", NOON)

    await world.fires_all()
    assert sorted(await world.fired()) == [f"k{n}" for n in range(10) if n != 3]
    [left] = await world.room.database["timers"].find().to_list(None)
    assert (left["key"], left["attempts"]) == ("k3", 1)

    world.failing = set()
    await world.room.database["timers"].update_many({}, {"$set": {"retry_at": NOON - timedelta(days=900)}})
    await world.fires_all()
    assert "k3" in await world.fired()


async def test_timers_that_cannot_be_committed_together_are_fired_in_smaller_parts(world: World) -> None:
    for number in range(60):
        await world.sets(f"k{number}", NOON + timedelta(seconds=number))
    clock_of(world.room).advance(HOUR)
    world.most = 7

    async with running(world.timers, Lease(world.room.database, "timers", "me", 5)):
        await eventually(lambda: has_fired(world, 60))

    assert await world.fired() == [f"k{number}" for number in range(60)]


async def test_after_a_failure_of_the_database_full_parts_come_again(world: World) -> None:
    for number in range(300):
        await world.sets(f"k{number}", NOON)
    world.most = 0
    with pytest.raises(UnavailableError):
        await world.timers.fire_due()
    world.most = 1000

    assert [await world.timers.fire_due() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 64, 100, 73]


async def test_a_timer_put_off_by_a_clock_that_had_jumped_is_tried_again(world: World) -> None:
    await world.sets("a", NOON)
    put_off = datetime.now(UTC) + timedelta(days=30)
    await world.room.database["timers"].update_one({}, {"$set": {"attempts": 1, "retry_at": put_off}})

    await world.fires_all()

    assert await world.fired() == ["a"]


async def test_two_workers_fire_each_timer_once(world: World) -> None:
    for number in range(120):
        await world.sets(f"k{number}", NOON)
    workers = [world.a_worker() for _ in range(3)]

    await asyncio.gather(*(worker.fire_due() for worker in workers))
    await world.room.database["timers"].update_many({}, {"$set": {"retry_at": None}})
    await asyncio.gather(*(worker.fire_due() for worker in workers))
    await world.room.database["timers"].update_many({}, {"$set": {"retry_at": None}})
    await world.fires_all()

    assert sorted(await world.fired()) == sorted(f"k{n}" for n in range(120))
    assert await world.room.database["outbox"].count_documents({}) == 120


async def test_a_second_worker_takes_over_when_the_first_stops(world: World) -> None:
    first, second = (Lease(world.room.database, "timers", name, 1) for name in ("first", "second"))
    working = running(world.timers, first)
    await working.__aenter__()
    await world.sets("a", NOON)
    await eventually(lambda: has_fired(world, 1))

    async with running(world.a_worker(), second):
        await working.__aexit__(None, None, None)
        await world.sets("b", NOON)
        await eventually(lambda: has_fired(world, 2))

    assert await world.fired() == ["a", "b"]


async def has_fired(world: World, count: int) -> bool:
    return len(await world.fired()) == count


async def test_a_timer_about_somebody_purged_is_gone(world: World) -> None:
    await world.room.keyring.destroy(world.tenant, "res-1", forever=True)

    async def seal(timer: Timer, work: Counting) -> None:
        await work.room.keyring.ensure(work.tenant, "res-1")

    timers = Timers(world.room, {"ring": seal}, Counting)
    await world.sets("res-1", NOON)

    assert await timers.fire_due() == 1
    assert await world.room.database["timers"].count_documents({}) == 0


async def daily_through(world: World, first: datetime, days: int) -> list[datetime]:
    clock_of(world.room).reach(first - HOUR)
    await world.sets("digest", first, kind="daily")
    clock_of(world.room).reach(first + timedelta(days=days, hours=-12))
    await world.fires_all()
    return await world.fired_at()


async def test_a_daily_timer_keeps_its_local_time_through_the_night_without_an_hour(world: World) -> None:
    """In March 2027 the clocks go from 02:00 to 03:00 on the 28th."""
    fired = await daily_through(world, datetime(2027, 3, 27, 9, 0, tzinfo=STOCKHOLM), 4)

    assert [at.time() for at in fired] == [time(9)] * 4
    assert fired[1].timestamp() - fired[0].timestamp() == 23 * 3600


async def test_a_daily_timer_keeps_its_local_time_through_the_night_with_an_hour_twice(world: World) -> None:
    """In October 2027 the clocks go from 03:00 to 02:00 on the 31st."""
    fired = await daily_through(world, datetime(2027, 10, 30, 9, 0, tzinfo=STOCKHOLM), 4)

    assert [at.time() for at in fired] == [time(9)] * 4
    assert fired[1].timestamp() - fired[0].timestamp() == 25 * 3600


async def test_a_daily_timer_within_the_doubled_hour_fires_once_a_day(world: World) -> None:
    fired = await daily_through(world, datetime(2027, 10, 30, 2, 30, tzinfo=STOCKHOLM), 4)

    assert [at.date().day for at in fired] == [30, 31, 1, 2]
