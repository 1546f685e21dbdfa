"""Parked messages heal in order, are given up after the last attempt, and keep no other lane waiting."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from chassis import inbox, parking
from chassis.handling import Handling
from chassis.leases import Lease
from chassis.parking import DELAYS, Fate, fate_after
from chassis.reactions import Heard, Reactions
from chassis.retrying import Retrying
from chassis.testing import a_room
from chassis.work import Room
from contracts.moments import ModuleStarted
from tests.chassis.counting import SERVICE, Counting, count, records, started, steps_of
from tests.eventually import eventually
from tests.running import running

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class World:
    """A service whose reactions fail for the steps in `ill`."""

    def __init__(self, room: Room, tenant: str) -> None:
        self.room = room
        self.tenant = tenant
        self.ill: set[str] = set()
        self.tried: list[str] = []
        reactions = Reactions()

        @reactions.on(ModuleStarted)
        async def count_on_module_started(heard: Heard[ModuleStarted], work: Counting) -> None:
            self.tried.append(heard.data.module)
            if heard.data.module in self.ill:
                raise ValueError
            await count(heard.data.moment_id, heard.data.module, work)

        self.handling = Handling(room, reactions, Counting)
        self.retrying = Retrying(room.database, self.handling)

    async def hears(self, *said: tuple[str, str], first: int = 0) -> None:
        await self.handling.handle(records(self.tenant, *(started(*each) for each in said), first=first))

    async def the_time_comes(self) -> None:
        parked = self.room.database["parked"]
        await parked.update_many({"state": "park", "due_at": {"$ne": None}}, {"$set": {"due_at": LONG_AGO}})

    async def tries(self) -> int:
        await self.the_time_comes()
        return await self.retrying.retry_due()

    async def steps(self, moment: str) -> list[str]:
        return await steps_of(self.room, self.tenant, moment)

    async def states(self) -> list[str]:
        found = await self.room.database["parked"].find().sort("_id", 1).to_list(None)
        return [document["state"] for document in found]


@pytest_asyncio.fixture(loop_scope="function")
async def world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    async with a_room(mongo_url, SERVICE, tenant) as room:
        yield World(room, tenant)


async def test_a_lane_heals_in_order(world: World) -> None:
    world.ill = {"s0"}
    await world.hears(*(("m0", f"s{n}") for n in range(5)), ("m1", "x"))
    await world.tries()
    assert await world.steps("m0") == []

    world.ill = set()
    await world.tries()

    assert await world.steps("m0") == ["s0", "s1", "s2", "s3", "s4"]
    assert await world.states() == []
    assert await world.room.database["outbox"].count_documents({}) == 6


async def test_only_the_head_of_a_lane_is_tried(world: World) -> None:
    world.ill = {"s0"}
    await world.hears(("m0", "s0"), ("m0", "s1"))
    world.tried.clear()

    for _ in range(3):
        await world.tries()

    assert world.tried == ["s0", "s0", "s0"]


async def test_a_head_is_left_alone_until_its_time_comes(world: World) -> None:
    world.ill = {"s0"}
    await world.hears(("m0", "s0"))
    await world.tries()
    world.tried.clear()

    await world.retrying.retry_due()

    assert world.tried == []


async def test_a_lane_in_which_two_are_ill_keeps_its_order(world: World) -> None:
    world.ill = {"s0", "s2"}
    await world.hears(*(("m0", f"s{n}") for n in range(4)))

    world.ill = {"s2"}
    await world.tries()
    assert await world.steps("m0") == ["s0", "s1"]
    await world.hears(("m0", "s4"), first=4)
    world.ill = set()
    await world.tries()

    assert await world.steps("m0") == ["s0", "s1", "s2", "s3", "s4"]


async def test_after_the_last_attempt_it_is_dead_and_the_lane_flows_on(world: World) -> None:
    world.ill = {"s0"}
    await world.hears(("m0", "s0"), ("m0", "s1"))

    for _ in range(len(DELAYS)):
        await world.tries()

    assert await world.states() == ["dead"]
    assert await world.steps("m0") == ["s1"]
    [dead] = await parking.list_dead(world.room.database)
    assert (dead.error, dead.attempts) == ("ValueError", len(DELAYS))
    await world.hears(("m0", "s2"), first=2)
    assert await world.steps("m0") == ["s1", "s2"]


@pytest.mark.parametrize("attempts", range(1, 13))
def test_the_fate_of_a_message_is_decided_by_its_attempts(attempts: int) -> None:
    assert fate_after(attempts) is (Fate.PARK if attempts < 10 else Fate.DEAD)


async def dead_message(world: World) -> str:
    world.ill = {"s0"}
    await world.hears(("m0", "s0"))
    for _ in range(len(DELAYS)):
        await world.tries()
    [dead] = await parking.list_dead(world.room.database)
    return dead.id


async def test_a_replayed_message_is_tried_again_and_counts_once(world: World) -> None:
    identity = await dead_message(world)
    world.ill = set()

    await parking.replay(world.room.database, identity)
    await world.tries()
    await world.hears(("m0", "s0"), first=1)

    assert await world.steps("m0") == ["s0", "s0"], "another message with the same content is another message"
    assert await world.states() == []
    with pytest.raises(parking.DeadMessageNotFoundError):
        await parking.replay(world.room.database, identity)


async def test_a_replayed_message_that_fails_on_is_dead_again(world: World) -> None:
    identity = await dead_message(world)

    await parking.replay(world.room.database, identity)
    for _ in range(len(DELAYS)):
        await world.tries()

    assert (await parking.show_dead(world.room.database, identity)).attempts == len(DELAYS)


async def test_a_discarded_message_is_gone_and_never_handled(world: World) -> None:
    identity = await dead_message(world)

    await parking.discard(world.room.database, identity)

    world.ill = set()
    await world.tries()
    assert await world.steps("m0") == []
    with pytest.raises(parking.DeadMessageNotFoundError):
        await parking.show_dead(world.room.database, identity)
    with pytest.raises(parking.DeadMessageNotFoundError):
        await parking.discard(world.room.database, identity)


async def test_a_message_that_can_be_read_by_now_is_replayed_and_claimed(world: World) -> None:
    [record] = records(world.tenant, started("m0", "s0"))
    await world.handling.handle([replace(record, value=b"{}")])
    [dead] = await parking.list_dead(world.room.database)
    # As if the reader had learnt to read it.
    await world.room.database["parked"].update_one({"_id": dead.id}, {"$set": {"value": record.value}})

    await parking.replay(world.room.database, dead.id)
    await world.tries()
    await world.handling.handle([replace(record, offset=9)])

    assert await world.steps("m0") == ["s0"]
    assert await world.states() == []


async def test_two_that_retry_at_once_count_once(world: World) -> None:
    world.ill = {"s0"}
    await world.hears(("m0", "s0"))
    world.ill = set()
    head = await parking.head_of(world.room.database, await only_lane(world))
    assert head is not None

    await world.retrying._retry(head)
    await world.retrying._retry(head)

    assert await world.steps("m0") == ["s0"]


async def only_lane(world: World) -> str:
    document = await world.room.database["parked"].find_one({})
    assert document is not None
    return str(document["lane"])


async def test_a_message_that_lined_up_as_its_head_left_is_found(world: World) -> None:
    world.ill = {"s0"}
    await world.hears(("m0", "s0"), ("m0", "s1"))
    await world.room.database["parked"].delete_one({"attempts": 1})
    world.ill = set()

    async with running(world.retrying, Lease(world.room.database, "retrying", "me", 5)):
        await eventually(lambda: healed(world))

    assert await world.steps("m0") == ["s1"]


async def healed(world: World) -> bool:
    return not await world.states()


async def test_a_long_lane_is_worked_off_without_keeping_others_waiting(world: World) -> None:
    world.ill = {"s0", "x"}
    await world.hears(*(("m0", f"s{n}") for n in range(150)), ("m1", "x"))
    world.ill = set()
    world.tried.clear()
    await world.the_time_comes()

    first_round = await world.retrying.retry_due()
    second_round = await world.retrying.retry_due()

    assert (first_round, second_round) == (101, 50)
    assert await world.steps("m0") == [f"s{n}" for n in range(150)]


async def test_what_is_replayed_behind_one_that_fails_on_hides_no_other_lane(world: World) -> None:
    world.ill = {"s0"}
    await world.hears(("m0", "s0"), ("m0", "s1"))
    await world.room.database["parked"].update_many({}, {"$set": {"due_at": LONG_AGO}})

    await world.retrying.retry_due()

    assert await parking.due_lanes(world.room.database) == []
    world.ill = set()
    await world.tries()
    assert await world.steps("m0") == ["s0", "s1"]


async def test_what_a_clock_that_had_jumped_has_put_off_is_tried_again(world: World) -> None:
    world.ill = {"s0"}
    await world.hears(("m0", "s0"), ("m0", "s1"))
    put_off = datetime.now(UTC) + timedelta(days=30)
    await world.room.database["parked"].update_one({"attempts": 1}, {"$set": {"due_at": put_off}})
    world.ill = set()

    await world.retrying.retry_due()

    assert await world.steps("m0") == ["s0", "s1"]


async def test_what_is_parked_is_counted(world: World) -> None:
    await dead_message(world)
    world.ill = {"s1"}
    await world.hears(("m1", "s1"), ("m1", "s2"), first=1)

    assert await parking.counts(world.room.database) == {"parked": 2, "dead": 1}


async def test_inbox_claims_outlive_the_topic(world: World) -> None:
    await world.hears(("m0", "s0"))

    document = await world.room.database["inbox"].find_one({})
    assert document is not None
    assert (document["expires_at"] - datetime.now(UTC)).days >= 14
    assert inbox.COLLECTION == "inbox"
