"""A region moves the hour of its batch: nobody loses a notice, and nobody gets two digests a day."""

from dataclasses import replace
from datetime import time

import pytest

from chassis.tenancy import Tenants
from services.notifications.domain.wording import DIGEST
from services.notifications.tests.world import World, a_mobile, a_resident
from services.notifications.wording import wordings

ALICE, NUMBER = a_resident(), a_mobile()
DIGEST_TEXT = wordings()[DIGEST].sms


def moves_the_batch(world: World, hour: int) -> None:
    """The region's file says another hour, and the workers were started anew."""
    region = world.room.tenants.by_slug(world.tenant)
    moved = region.model_copy(update={"batch_time": time(hour)})
    world.room = replace(world.room, tenants=Tenants.of([moved]))


async def works(world: World, **passes: float) -> int:
    """Time passes and the worker does what is due; returns how many SMS have come so far."""
    world.passes(**passes)
    await world.batch_hour()
    await world.watches()
    await world.flushes()
    await world.sends()
    assert (await world.balance()).balanced
    return len(world.texts_to(NUMBER))


@pytest.mark.parametrize("timing", ["batched", "at"])
@pytest.mark.parametrize("late", [0, 50])
async def test_what_is_asked_after_the_days_batch_goes_the_next_day_and_not_with_it(
    world: World, timing: str, late: int
) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(timing="batched"))
    assert await works(world, hours=21) == 1
    world.passes(hours=1)
    moves_the_batch(world, 11)
    world.passes(minutes=30)
    now = world.room.clock.now()
    asked = world.asks(timing=timing, due_at=now if timing == "at" else None)
    world.passes(minutes=late)
    await world.hears(asked)

    assert await works(world, minutes=60 - late) == 1
    assert await works(world, hours=23, minutes=29) == 1
    assert await works(world, minutes=1) == 2

    assert world.texts_to(NUMBER)[1] == DIGEST_TEXT
    account = await world.balance(now.date())
    assert account.balanced and account.outcomes["digested"] == 1


async def test_a_batch_moved_before_it_went_waits_and_is_one(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(timing="batched"))
    world.passes(hours=20, minutes=30)
    moves_the_batch(world, 11)

    assert await works(world, minutes=30) == 0
    await world.hears(world.asks(timing="batched"))
    assert await works(world, hours=1, minutes=59) == 0
    assert await works(world, minutes=1) == 1
    assert await works(world, days=1) == 1


async def test_a_batch_moved_to_an_earlier_hour_goes_when_that_has_passed(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(timing="batched"))
    world.passes(hours=20, minutes=30)
    moves_the_batch(world, 8)

    assert await works(world) == 1
    await world.hears(world.asks(timing="batched"))
    assert await works(world, hours=1) == 1
    assert await works(world, hours=22, minutes=30) == 2
