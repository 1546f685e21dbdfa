"""What waits when its moment ends is told to nobody: the resident has no access any more, and the contact is over."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.tenancy import QuietHours
from contracts.moments import MomentEnded
from contracts.retention import PurgeRequested
from services.notifications.domain.wording import DIGEST
from services.notifications.tests.test_batches import a_reading
from services.notifications.tests.test_purge import a_purge
from services.notifications.tests.world import World, a_mobile, a_resident, a_world
from services.notifications.usecases.let_go import LOOK_AGAIN
from services.notifications.usecases.tell_why import TellWhy, tell_why
from services.notifications.wording import wordings
from services.notifications.work import NotificationsWork

ALICE, BO = a_resident(1), a_resident(2)
NUMBER, ADDRESS = a_mobile(), "alice@example.se"
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
    due = {"due_at": world.room.clock.now() + timedelta(days=1)}
    return world.asks(timing="at", category="follow_up", unit_id=UNIT, **(due | content))


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


async def test_what_came_to_wait_while_the_moment_ended_is_let_go_within_minutes(world: World) -> None:
    await world.hears(a_follow_up(world), an_ending(world))

    world.passes(minutes=5)
    await world.batch_hour()

    assert await world.room.database["pending"].count_documents({}) == 0
    assert [(told.outcome, told.reason) for told in await world.settled()] == [("suppressed", "ended")]
    assert (await world.balance(ASKED)).balanced


@pytest.mark.rule("R200", "R302")
@pytest.mark.parametrize("timing", ["batched", "at"])
async def test_a_batch_just_after_a_moment_ended_tells_nothing_of_it(world: World, timing: str) -> None:
    """Neither of the two has seen the other, and the batch goes before they are looked for again."""
    await world.has_on(ALICE, sms=NUMBER)
    await world.has_on(BO, sms=a_mobile(2))
    world.passes(hours=20, minutes=57)
    asked = a_follow_up(world, due_at=world.room.clock.now()) if timing == "at" else world.asks(timing=timing)
    elsewhere = world.asks(timing="batched", recipient_id=BO, moment_id="mom-2")
    await world.hears(asked, elsewhere, an_ending(world))

    world.passes(minutes=3)
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == [] and len(world.texts_to(a_mobile(2))) == 1
    assert await world.room.database["pending"].count_documents({}) == 0
    told = {(told.resident_id, told.outcome, told.reason) for told in await world.settled()}
    assert told == {(ALICE, "suppressed", "ended"), (BO, "digested", "none")}
    entered = "suppressed" if timing == "at" else "sent"
    assert [entry["state"] for entry in await world.entries(ALICE)] == [entered]
    account = await world.balance(ASKED + timedelta(days=1))
    assert account.balanced
    assert (account.outcomes["digested"], account.outcomes["suppressed"]) == (1, 1)


async def test_what_is_read_after_its_batch_with_the_end_of_its_moment_is_not_told(world: World) -> None:
    """Workers were away: they find both at once, and the window they flush at once has gone for the notice."""
    await world.has_on(ALICE, sms=NUMBER)
    world.passes(hours=20, minutes=30)
    asked = world.asks(timing="batched")
    world.passes(minutes=1)
    ended = an_ending(world)
    world.passes(minutes=59)

    await world.hears(asked, ended)
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == []
    assert [(told.outcome, told.reason) for told in await world.settled()] == [("suppressed", "ended")]
    account = await world.balance(ASKED + timedelta(days=1))
    assert account.balanced and account.outcomes["suppressed"] == 1


@pytest.mark.rule("R302")
async def test_a_digest_that_has_not_gone_goes_without_what_has_ended_or_was_read(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    await world.hears(
        world.asks("ended", timing="batched"),
        world.asks(timing="batched", moment_id="mom-2"),
        world.asks(timing="batched", moment_id="mom-3", unless_read="cnv-3"),
    )
    world.passes(hours=21)
    await world.batch_hour()
    await world.hears(an_ending(world), a_reading(world, moment_id="mom-3", conversation_id="cnv-3"))
    await world.sends()

    assert world.texts_to(NUMBER) == [wordings()[DIGEST].sms] and len(world.mails_to(ADDRESS)) == 1
    reasons = sorted((told.channel, told.reason) for told in await world.settled())
    assert reasons == [(channel, why) for channel in ("email", "sms") for why in ("ended", "none", "read")]
    account = await world.balance(ASKED)
    assert account.balanced and account.digests == {"sent": 2}
    assert (account.outcomes["digested"], account.outcomes["suppressed"]) == (1, 2)
    why = await tell_why(TellWhy(dedup_key="ended"), NotificationsWork(world.room, world.tenant))
    assert [line.sending.reason for line in why.notices[0].lines if line.sending.channel == "sms"] == [
        "ended"
    ]

    for moment in ("mom-1", "mom-2", "mom-3"):
        await world.hears(a_purge(world, moment=moment), service="retention")

    after = await world.balance(ASKED)
    assert after.balanced and (after.outcomes, after.channels) == (account.outcomes, account.channels)
    assert await world.sendings() == []


async def test_a_digest_held_through_quiet_hours_while_its_moment_ends_is_not_sent(
    mongo_url: str, tenant: str, tmp_path: Path
) -> None:
    hours = QuietHours(start=time(8), end=time(10))
    async with a_world(mongo_url, tenant, tmp_path, quiet_hours=hours) as quiet:
        await quiet.has_on(ALICE, sms=NUMBER)
        await quiet.hears(quiet.asks(timing="batched"))
        quiet.passes(hours=21)
        await quiet.batch_hour()
        await quiet.sends(until_settled=False)
        assert (await quiet.balance(ASKED)).outcomes["pending"] == 1

        await quiet.hears(an_ending(quiet))
        quiet.passes(hours=1)
        await quiet.batch_hour()
        await quiet.sends()

        assert quiet.texts_to(NUMBER) == []
        account = await quiet.balance(ASKED)
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
