"""Batched notices: once a day, one per resident and channel, and nothing about what has been read."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chassis.timers import Timers
from contracts.messaging import ConversationRead
from services.notifications.app import SERVICE
from services.notifications.domain.wording import DIGEST
from services.notifications.sending.flushing import Flushing
from services.notifications.store.flushes import Flushes
from services.notifications.tests.world import World, a_mobile, a_resident
from services.notifications.wording import wordings
from services.notifications.work import NotificationsWork

ALICE, BO = a_resident(1), a_resident(2)
NUMBER, ADDRESS = a_mobile(), "alice@example.se"
DIGEST_TEXT = wordings()[DIGEST].sms
YESTERDAY = date(2026, 11, 20)


def a_reading(world: World, **content: Any) -> ConversationRead:
    usual: dict[str, Any] = {
        "conversation_id": "cnv-1",
        "moment_id": "mom-1",
        "resident_id": ALICE,
        "reader": "resident",
        "up_to": "msg-1",
        "read_at": world.room.clock.now(),
        "by": ALICE,
    }
    return ConversationRead(**(usual | content))


@pytest.mark.rule("R181", "R182")
@pytest.mark.decision("D18")
async def test_two_batched_notices_become_one_sms_and_one_mail_at_the_hour_of_the_batch(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    await world.hears(world.asks(timing="batched"), world.asks(timing="batched", moment_id="mom-2"))

    world.passes(hours=20, minutes=59)
    await world.batch_hour()
    await world.sends()
    assert world.texts_to(NUMBER) == []
    world.passes(minutes=1)
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == [DIGEST_TEXT]
    assert len(world.mails_to(ADDRESS)) == 1
    assert await world.room.database["pending"].count_documents({}) == 0
    settled = await world.settled()
    assert [s.outcome for s in settled] == ["digested"] * 4
    account = await world.balance(YESTERDAY)
    assert account.balanced and account.outcomes["digested"] == 2
    assert account.digests == {"sent": 2}


@pytest.mark.decision("D18")
async def test_an_empty_window_sends_nothing(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)

    world.passes(days=3)
    await world.batch_hour()
    await world.sends()

    assert world.gateway.ledger.rows == []


async def test_what_was_read_after_the_asking_is_not_told(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(timing="batched", unless_read="cnv-1"))
    world.passes(hours=1)
    await world.hears(a_reading(world))

    world.passes(days=1)
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == []
    (settled,) = await world.settled()
    assert (settled.outcome, settled.reason) == ("suppressed", "read")
    assert (await world.balance(YESTERDAY)).balanced


async def test_what_staff_read_or_what_was_read_before_is_told(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(a_reading(world))
    world.passes(minutes=1)
    await world.hears(world.asks(timing="batched", unless_read="cnv-1"))
    world.passes(minutes=1)
    await world.hears(a_reading(world, reader="staff", by="SE2321000131-P000000000101"))

    world.passes(days=1)
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == [DIGEST_TEXT]


@pytest.mark.rule("R185")
@pytest.mark.decision("D19")
async def test_a_notice_with_a_day_waits_for_the_batch_of_its_day(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    due = world.room.clock.now() + timedelta(days=3)
    await world.hears(world.asks(timing="at", due_at=due, category="follow_up"))

    world.passes(days=2)
    await world.batch_hour()
    await world.sends()
    assert world.texts_to(NUMBER) == []
    world.passes(days=1)
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == [DIGEST_TEXT]


async def test_choices_are_read_when_the_window_is_flushed(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(timing="batched"))
    await world.has_on(ALICE, email=ADDRESS)

    world.passes(days=1)
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == []
    assert len(world.mails_to(ADDRESS)) == 1


async def test_a_rerun_of_a_window_and_what_comes_late_for_it_make_no_second_call(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    asked_at = world.room.clock.now()
    await world.hears(world.asks(timing="batched"))
    world.passes(hours=21)
    await world.batch_hour()
    await world.sends()

    await world.hears(world.asks(timing="batched", asked_at=asked_at))
    await world.batch_hour()
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == [DIGEST_TEXT]
    assert [s.outcome for s in await world.settled()] == ["digested"] * 2
    assert (await world.balance(YESTERDAY)).balanced


async def test_what_is_asked_in_the_second_of_the_batch_goes_with_the_next(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    world.passes(hours=21)
    await world.hears(world.asks(timing="batched"))

    await world.batch_hour()
    await world.sends()
    assert world.texts_to(NUMBER) == []
    world.passes(days=1)
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == [DIGEST_TEXT]


async def test_two_workers_that_flush_at_once_make_one_digest_each(world: World) -> None:
    for number in range(30):
        await world.has_on(a_resident(number), sms=a_mobile(number % 90))
    await world.hears(
        *(
            world.asks(timing="batched", recipient_id=a_resident(n % 30), dedup_key=f"k{n}")
            for n in range(120)
        )
    )
    world.passes(days=1)
    await Timers(world.room, SERVICE.on_time, NotificationsWork).fire_due()
    flushes = Flushes(world.room.database)
    # The lease is over before it began, so that both hold the same window.
    both = [Flushing(world.room, flushes, part=7).flush_next(lease=0.0) for _ in range(2)]

    await asyncio.gather(*both)
    await world.flushes()
    await world.sends()

    assert len(world.gateway.ledger.rows) == 30
    account = await world.balance(YESTERDAY)
    assert account.balanced and account.outcomes["digested"] == 120


async def test_one_residents_window_larger_than_a_part_is_still_one_digest(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(*(world.asks(timing="batched") for _ in range(25)))

    world.passes(days=1)
    await world.batch_hour(part=4)
    await world.sends()

    assert world.texts_to(NUMBER) == [DIGEST_TEXT]
    account = await world.balance(YESTERDAY)
    assert account.balanced and account.outcomes["digested"] == 25 and account.digests == {"sent": 1}


async def test_what_was_left_behind_in_a_window_is_found_and_sent(world: World) -> None:
    """A notice may be committed just after its window was flushed and its timer had fired."""
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(timing="batched"))
    await world.room.database["timers"].delete_many({})
    world.passes(days=1)
    assert (await world.balance(YESTERDAY)).stranded == 1

    await world.watches()
    await world.flushes()
    await world.sends()

    assert world.texts_to(NUMBER) == [DIGEST_TEXT]
    assert (await world.balance(YESTERDAY)).balanced


@pytest.mark.decision("D50")
@pytest.mark.parametrize(
    ("asked", "batch"),
    [
        (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 28, 7, tzinfo=UTC)),
        (datetime(2027, 10, 30, 12, tzinfo=UTC), datetime(2027, 10, 31, 8, tzinfo=UTC)),
    ],
)
async def test_the_batch_goes_at_nine_on_the_wall_after_the_clocks_have_changed(
    world: World, asked: datetime, batch: datetime
) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    world.passes(seconds=(asked - world.room.clock.now()).total_seconds())
    await world.hears(world.asks(timing="batched"))

    world.passes(seconds=(batch - asked).total_seconds() - 1)
    await world.batch_hour()
    assert await world.sendings() == []
    world.passes(seconds=1)
    await world.batch_hour()

    assert len(await world.sendings()) == 1
