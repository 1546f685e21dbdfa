"""A page turned while staff close what it lies in: of the two, what is committed second has seen the first."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.changes import SavedFirstError
from chassis.testing import clock_of, committed, said
from chassis.work import Actor
from contracts.moments import ModuleCompleted
from services.moments.moments.usecases.bookmark_step import bookmark_step, remove_bookmark
from services.moments.moments.usecases.end_module import SetModuleUpcoming, set_module_upcoming
from services.moments.moments.usecases.end_moment import EndMoment, end_moment
from services.moments.moments.usecases.hand_over_moment import HandOverMoment, hand_over_moment
from services.moments.moments.usecases.maintain_moment import MaintainMoment, maintain_moment
from services.moments.moments.usecases.visit import read_step
from services.moments.tests.test_steps_api import FIRST, SECOND, turns
from services.moments.tests.world import ANNA, OLGA, OTHER_UNIT, UNIT, World
from services.moments.work import MomentsWork

MODULE = "om-behandlingen"
Closing = Callable[[str, MomentsWork], Awaitable[Any]]
Turning = Callable[[str, str, str, MomentsWork], Awaitable[Any]]


async def ends(moment: str, work: MomentsWork) -> None:
    await end_moment(EndMoment(moment, "completed", 1), work)


async def hands_over(moment: str, work: MomentsWork) -> None:
    await hand_over_moment(HandOverMoment(moment, OTHER_UNIT, 1), work)


async def maintains(moment: str, work: MomentsWork) -> None:
    await maintain_moment(MaintainMoment(moment, 7, [MODULE], 1), work)


async def sets_upcoming(moment: str, work: MomentsWork) -> None:
    await set_module_upcoming(SetModuleUpcoming(moment, MODULE, 1), work)


async def started(world: World) -> str:
    """A moment that could be handed over."""
    await world.offers("tobakshjalpen", "9.0", OTHER_UNIT)
    return await world.started()


CLOSINGS = pytest.mark.parametrize("close", [ends, hands_over, maintains, sets_upcoming])


async def closing(world: World, moment: str, close: Closing) -> MomentsWork:
    """The unit of work of Anna, not committed yet."""
    work = MomentsWork(world.room, world.tenant, Actor("staff", ANNA, UNIT))
    await close(moment, work)
    return work


async def turning(world: World, moment: str, turn: Turning, page: str) -> MomentsWork:
    """The unit of work of the resident, not committed yet."""
    work = MomentsWork(world.room, world.tenant, Actor("resident", world.resident_id(OLGA)))
    await turn(moment, MODULE, page.rsplit("/", 1)[1], work)
    return work


@CLOSINGS
@pytest.mark.parametrize("turn", [read_step, bookmark_step, remove_bookmark])
@pytest.mark.rule("R290", "R302")
async def test_the_first_page_of_all_is_not_turned_after_it_was_closed(
    world: World, close: Closing, turn: Turning
) -> None:
    moment = await started(world)
    page = await turning(world, moment, turn, FIRST)

    await committed(world.room, await closing(world, moment, close))

    with pytest.raises(SavedFirstError):
        await committed(world.room, page)


@CLOSINGS
async def test_nothing_is_completed_and_nobody_active_after_the_last_page_was_closed(
    world: World, close: Closing
) -> None:
    moment = await started(world)
    await turns(world, moment, FIRST)
    before = (await world.reads(f"/moments/{moment}"))["last_active_at"]
    clock_of(world.room).advance(timedelta(minutes=1))
    page = await turning(world, moment, read_step, SECOND)

    await committed(world.room, await closing(world, moment, close))

    with pytest.raises(SavedFirstError):
        await committed(world.room, page)
    assert await said(world.room, ModuleCompleted) == []
    assert (await world.reads(f"/moments/{moment}"))["last_active_at"] == before
    assert (await world.reads(f"/moments/{moment}/modules/{SECOND}"))["read_at"] is None


@CLOSINGS
async def test_a_page_turned_first_is_seen_by_who_closes_it(world: World, close: Closing) -> None:
    moment = await started(world)
    work = await closing(world, moment, close)

    await turns(world, moment, FIRST)

    with pytest.raises(SavedFirstError):
        await committed(world.room, work)


@pytest.mark.rule("R306")
@pytest.mark.decision("D32")
async def test_a_handover_loses_no_page_that_is_turned_meanwhile(world: World) -> None:
    moment = await started(world)
    overtaken = await closing(world, moment, hands_over)
    await turns(world, moment, FIRST)
    with pytest.raises(SavedFirstError):
        await committed(world.room, overtaken)

    again = await closing(world, moment, hands_over)
    await committed(world.room, again)

    (continuing,) = await world.reads("/me/moments", world.resident(OLGA))
    assert continuing["moment_id"] != moment
    assert await turns(world, continuing["moment_id"], SECOND) == ["sa-far-du-stod"]
