"""What waits when its moment ends is told to nobody: the resident has no access any more, and the contact is over."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.moments import MomentEnded
from contracts.retention import PurgeRequested
from services.notifications.domain.wording import DIGEST
from services.notifications.tests.world import World, a_mobile, a_resident
from services.notifications.usecases.let_go import LOOK_AGAIN
from services.notifications.wording import wordings

ALICE = a_resident(1)
NUMBER = a_mobile()
ASKED = date(2026, 11, 20)
UNIT = "SE2321000131-E000000000101"


def an_ending(world: World, moment: str = "mom-1") -> MomentEnded:
    return MomentEnded(
        moment_id=moment,
        resident_id=ALICE,
        unit_id=UNIT,
        reason="completed",
        ended_at=world.room.clock.now(),
        by="SE2321000131-P000000000101",
    )


def a_follow_up(world: World, **content: Any) -> Any:
    due = world.room.clock.now() + timedelta(days=1)
    return world.asks(timing="at", due_at=due, category="follow_up", unit_id=UNIT, **content)


async def next_day(world: World) -> None:
    world.passes(days=1)
    await world.batch_hour()
    await world.sends()


@pytest.mark.rule("R200", "R302")
async def test_a_notice_for_a_day_is_neither_sent_nor_entered_when_its_moment_has_ended(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(a_follow_up(world))
    await world.hears(an_ending(world))

    await next_day(world)

    assert world.texts_to(NUMBER) == []
    assert [(told.outcome, told.reason) for told in await world.settled()] == [("suppressed", "ended")]
    assert [(told.outcome, told.reason) for told in await world.entered()] == [("suppressed", "ended")]
    account = await world.balance(ASKED)
    assert account.balanced and account.outcomes["suppressed"] == 1


async def test_a_withheld_entry_is_in_no_inbox(world: World) -> None:
    number = "201212121212"
    alice = world.room.pseudonyms.resident_id(world.tenant, number)
    await world.hears(a_follow_up(world, recipient_id=alice))
    await world.hears(an_ending(world).model_copy(update={"resident_id": alice}))

    await next_day(world)

    headers = world.api.as_resident(world.tenant, number)
    assert len(await world.entries(alice)) == 1
    assert (await world.api.http.get("/me/inbox", headers=headers)).json()["items"] == []
    assert (await world.api.http.get("/me/inbox/unread", headers=headers)).json()["unread"] == 0


async def test_a_batched_notice_goes_only_with_what_is_of_other_moments(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(timing="batched"), world.asks(timing="batched", moment_id="mom-2"))
    await world.hears(an_ending(world))

    await next_day(world)

    assert world.texts_to(NUMBER) == [wordings()[DIGEST].sms]
    account = await world.balance(ASKED)
    assert account.balanced
    assert account.outcomes == {**account.outcomes, "digested": 1, "suppressed": 1}


@pytest.mark.parametrize("timing", ["batched", "at"])
async def test_what_is_asked_for_after_the_end_is_suppressed_when_it_comes(world: World, timing: str) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(an_ending(world))
    await world.hears(a_follow_up(world) if timing == "at" else world.asks(timing="batched"))

    await next_day(world)

    assert world.texts_to(NUMBER) == []
    account = await world.balance(ASKED)
    assert account.balanced and account.outcomes["suppressed"] == 1


@pytest.mark.parametrize("first", ["asked", "ended"])
async def test_what_is_asked_for_while_the_moment_ends_is_not_told(world: World, first: str) -> None:
    """Neither of the two has seen the other when both are written."""
    await world.has_on(ALICE, sms=NUMBER)
    both = [world.asks(timing="batched"), an_ending(world)]
    await world.hears(*both if first == "asked" else reversed(both))
    assert await world.room.database["pending"].count_documents({}) == 1

    await next_day(world)

    assert world.texts_to(NUMBER) == []
    account = await world.balance(ASKED)
    assert account.balanced and account.outcomes["suppressed"] == 1


async def test_what_goes_at_once_was_true_when_it_was_asked_for(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(an_ending(world))
    await world.hears(world.asks())
    await world.sends()

    assert len(world.texts_to(NUMBER)) == 1


async def test_a_purge_takes_what_was_suppressed_and_the_ending(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(a_follow_up(world), world.asks(timing="batched"))
    await world.hears(an_ending(world))

    for scope in ("moment", "resident"):
        await world.hears(
            PurgeRequested(
                purge_id=f"prg-{scope}",
                scope=scope,
                moment_id="mom-1",
                resident_id=ALICE,
                requested_at=world.room.clock.now(),
            ),
            service="retention",
        )

    for name in ("endings", "notices", "pending", "sendings"):
        assert await world.room.database[name].count_documents({"tenant": world.tenant}) == 0, name
    assert await world.room.database["timers"].count_documents({"kind": LOOK_AGAIN}) == 0
    account = await world.balance(ASKED)
    assert account.balanced and account.outcomes["suppressed"] == 2
    await world.hears(an_ending(world))
    assert await world.room.database["endings"].count_documents({"tenant": world.tenant}) == 0
