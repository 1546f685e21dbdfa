"""What a process remembers of units: as fresh as the question, bounded, and not for long."""

import asyncio

import pytest

from chassis.testing import committed
from services.moments.lists.domain.collation import primary_key
from services.moments.lists.store.shelves import Shelves
from services.moments.moments.store.activity import record
from services.moments.tests.test_reactions import a_purge
from services.moments.tests.world import ANNA, BJORN, EVA, JOHAN, OLGA, OTHER_UNIT, PELLE, UNIT, World
from services.moments.work import MomentsWork
from tests.eventually import eventually


async def of(world: World, shelves: Shelves, unit: str = UNIT) -> set[str]:
    return set(await shelves.of_unit(world.room, world.tenant, unit))


async def test_another_process_sees_every_change_when_it_next_looks(world: World) -> None:
    theirs = Shelves()
    assert await of(world, theirs) == set()
    moment = await world.started()
    assert await of(world, theirs) == {moment}

    await world.hands_over(moment, BJORN, EVA)
    second = await world.started(PELLE)
    lines = await theirs.of_unit(world.room, world.tenant, UNIT)

    assert {line.id: line.standing.practitioner for line in lines.values()} == {moment: BJORN, second: ANNA}


async def test_another_process_lets_go_of_what_is_purged_when_it_next_looks(world: World) -> None:
    theirs = Shelves()
    gone, stays = await world.started(OLGA), await world.started(PELLE)
    await world.ends(gone)
    assert await of(world, theirs) == {gone, stays}

    await world.hears(a_purge(world, gone))

    assert await of(world, theirs) == {stays}
    assert await of(world, theirs) == {stays}


async def test_those_who_ask_at_once_share_a_reading_that_began_after_they_asked(world: World) -> None:
    shelves = Shelves()
    moment = await world.started()

    answers = await asyncio.gather(*(shelves.of_unit(world.room, world.tenant, UNIT) for _ in range(20)))
    work = MomentsWork(world.room, world.tenant)
    record(work, moment, work.now)
    first = asyncio.create_task(shelves.of_unit(world.room, world.tenant, UNIT))
    await committed(world.room, work)
    second = await shelves.of_unit(world.room, world.tenant, UNIT)
    await first

    assert all(set(answer) == {moment} for answer in answers)
    assert second[moment].standing.last_active_at == work.now


async def test_what_is_remembered_is_bounded_and_dropped_when_nobody_looks(world: World) -> None:
    shelves = Shelves(most_lines=1, idle_seconds=0.2)
    await world.started()
    await world.offers("tobakshjalpen", "9.0", OTHER_UNIT)
    await world.started(PELLE, by=JOHAN, unit=OTHER_UNIT)
    await of(world, shelves)
    remembered = len(shelves)
    await of(world, shelves, OTHER_UNIT)

    assert (remembered, len(shelves)) == (1, 1)
    await eventually(lambda: len(shelves) == 0)


@pytest.mark.rule("R237")
async def test_names_are_in_the_order_of_the_databases_swedish_collation(world: World) -> None:
    names = [
        "Öberg",
        "Oberg",
        "Zackrisson",
        "Ærø",
        "Ärlig",
        "Åberg",
        "åberg",
        "Abel",
        "Ábel",
        "Müller",
        "Myr",
    ]
    names += [
        "Mörk",
        "Wik",
        "Vik",
        "Wall",
        "Van Dam",
        "Vandam",
        "van Dam",
        "D'Orsay",
        "Dorsay",
        "Ek-Berg",
        "Ek Berg",
    ]
    collection = world.room.database["names"]
    await collection.insert_many([{"_id": name} for name in names])

    cursor = collection.find().sort("_id", 1).collation({"locale": "sv", "strength": 1})
    theirs = [document["_id"] async for document in cursor]

    ours = sorted(names, key=primary_key)
    assert [primary_key(name) for name in theirs] == [primary_key(name) for name in ours]
