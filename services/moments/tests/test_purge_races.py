"""Purges beside each other and beside starts: what is committed second has seen what was committed first."""

import dataclasses
from typing import Any

import pytest

from chassis.changes import SavedFirstError
from chassis.keyring import Keyring
from chassis.reactions import Heard
from chassis.testing import a_record, committed, said
from chassis.work import Actor, Room
from contracts.retention import PurgeAnswered, PurgeRequested
from services.moments.app import SERVICE
from services.moments.handlers.retention import purge_on_purge_requested
from services.moments.moments.usecases.hand_over_moment import HandOverMoment, hand_over_moment
from services.moments.moments.usecases.start_moment import StartMoment, start_moment
from services.moments.moments.usecases.visit import read_step
from services.moments.residents.store.residents import begin_leaving
from services.moments.tests.test_reactions import a_purge, an_ended
from services.moments.tests.world import ANNA, OLGA, OTHER_UNIT, UNIT, World
from services.moments.work import MomentsWork

START = StartMoment(OLGA, "tobakshjalpen", None, UNIT)


async def purging(world: World, request: PurgeRequested) -> MomentsWork:
    """The unit of work of a purge that has been reacted to and is not committed yet."""
    record: Any = a_record(request, tenant=world.tenant)
    work = MomentsWork(world.room, world.tenant)
    heard: Heard[PurgeRequested] = Heard(request, record, record.topic, 0, 0, request.moment_id)
    await purge_on_purge_requested(heard, work)
    return work


async def starting(world: World, room: Room | None = None) -> MomentsWork:
    """The unit of work of a start that is not committed yet."""
    work = MomentsWork(room or world.room, world.tenant, Actor("staff", ANNA, UNIT))
    await start_moment(START, work, world.directory)
    return work


async def test_of_two_moments_purged_side_by_side_one_receipt_says_that_nothing_remains(world: World) -> None:
    moments = [await an_ended(world), await an_ended(world)]
    first, second = [await purging(world, a_purge(world, moment)) for moment in moments]

    await committed(world.room, first)
    with pytest.raises(SavedFirstError):
        await committed(world.room, second)
    await world.hears(a_purge(world, moments[1]))

    receipts = await said(world.room, PurgeAnswered)
    assert [answer.resident_remains for answer in receipts] == [True, False]
    assert receipts[1].key_destroyed


async def test_a_start_that_began_before_the_residents_purge_is_refused_by_it(world: World) -> None:
    moment = await an_ended(world)
    await world.hears(a_purge(world, moment))
    start = await starting(world)

    purge = await purging(world, a_purge(world, moment, "resident"))
    with pytest.raises(SavedFirstError):
        await committed(world.room, start)
    await committed(world.room, purge)

    assert await world.room.database["residents"].count_documents({}) == 0
    assert (await world.reads(f"/moments/{await world.started()}"))["resident"]["name"] == "Oskarsson, Olga"


async def test_a_start_that_was_committed_before_the_residents_purge_keeps_the_resident(world: World) -> None:
    moment = await an_ended(world)
    await world.hears(a_purge(world, moment))
    await committed(world.room, await starting(world))

    await world.hears(a_purge(world, moment, "resident"))

    assert (await said(world.room, PurgeAnswered))[-1].resident_remains
    assert (await world.reads("/moments"))["items"][0]["resident"]["name"] == "Oskarsson, Olga"
    assert (await world.starts()).status_code == 201


async def test_a_start_under_way_when_the_resident_is_purged_again_keeps_its_key(world: World) -> None:
    moment = await an_ended(world)
    await world.hears(a_purge(world, moment))
    await world.hears(a_purge(world, moment, "resident"))
    start = await starting(world)

    await world.hears(a_purge(world, moment, "resident"))
    await committed(world.room, start)

    world.room.keyring.forget(world.tenant, world.resident_id(OLGA))
    assert (await world.reads("/moments"))["items"][0]["resident"]["name"] == "Oskarsson, Olga"
    again = (await said(world.room, PurgeAnswered))[-1]
    assert (again.scope, again.resident_remains, again.deleted) == ("resident", False, [])


async def test_a_process_that_remembers_a_destroyed_key_seals_nothing_with_it(world: World) -> None:
    mine = world.room.keyring
    assert isinstance(mine, Keyring)
    keys: Any = mine._keys
    others = Keyring(keys.database, SERVICE.name, mine._master)
    elsewhere = dataclasses.replace(world.room, keyring=others)
    moment = await an_ended(world)
    await others.ensure(world.tenant, world.resident_id(OLGA))
    await world.hears(a_purge(world, moment))
    await world.hears(a_purge(world, moment, "resident"))

    await committed(elsewhere, await starting(world, elsewhere))

    assert (await world.reads("/moments"))["items"][0]["resident"]["name"] == "Oskarsson, Olga"


async def test_a_page_that_was_turned_before_the_purge_is_not_marked_after_it(world: World) -> None:
    moment = await world.started()
    work = MomentsWork(world.room, world.tenant, Actor("resident", world.resident_id(OLGA)))
    await read_step(moment, "om-behandlingen", "sa-har-gar-det-till", work)
    await world.ends(moment)

    await world.hears(a_purge(world, moment))

    with pytest.raises(SavedFirstError):
        await committed(world.room, work)
    assert await world.room.database["progress"].count_documents({}) == 0


async def test_a_handover_that_began_before_the_residents_purge_is_refused_by_it(world: World) -> None:
    moment = await world.started()
    await world.offers("tobakshjalpen", "9.0", OTHER_UNIT)
    work = MomentsWork(world.room, world.tenant, Actor("staff", ANNA, UNIT))
    await hand_over_moment(HandOverMoment(moment, OTHER_UNIT, 1), work)

    await begin_leaving(MomentsWork(world.room, world.tenant), world.resident_id(OLGA))

    with pytest.raises(SavedFirstError):
        await committed(world.room, work)
