"""Nobody is sent an SMS or an e-mail about what they have read, up to the moment when it goes."""

from datetime import date, timedelta

import pytest

from deploy.embedded.behaviour import Mode
from services.notifications.domain.wording import DIGEST
from services.notifications.tests.test_batches import a_reading
from services.notifications.tests.test_purge import a_purge
from services.notifications.tests.world import World, a_mobile, a_resident
from services.notifications.wording import wordings

ALICE, NUMBER, ADDRESS = a_resident(), a_mobile(), "alice@example.se"
YESTERDAY = date(2026, 11, 20)


async def a_digest(world: World, *conversations: str) -> None:
    """Asked for about these conversations, and flushed; nothing is sent yet."""
    await world.hears(*(world.asks(timing="batched", unless_read=name) for name in conversations))
    world.passes(hours=21)
    await world.batch_hour()


async def test_what_was_read_while_nobody_worked_is_not_told_at_once(world: World) -> None:
    """The notice and the reading come in one batch: when the notice is taken in there is no mark yet."""
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    asked = world.asks(unless_read="cnv-1")
    world.passes(minutes=5)

    await world.hears(asked, a_reading(world))
    await world.sends()

    assert world.texts_to(NUMBER) == [] and world.mails_to(ADDRESS) == []
    settled = await world.settled()
    assert [(told.outcome, told.reason) for told in settled] == [("suppressed", "read")] * 2
    account = await world.balance()
    assert account.balanced and account.outcomes["suppressed"] == 1
    assert account.channels["inbox"] == {"sent": 1}


@pytest.mark.parametrize("timing", ["direct", "batched"])
@pytest.mark.parametrize("ahead", [timedelta(seconds=2), timedelta(days=3653)])
async def test_what_was_written_after_the_reading_is_told_though_the_writers_clock_is_ahead(
    world: World, timing: str, ahead: timedelta
) -> None:
    """Both times are messaging's, and in their order; nothing else about the notice is taken from such a clock."""
    await world.has_on(ALICE, sms=NUMBER)
    read_at = world.room.clock.now() + ahead
    await world.hears(a_reading(world, read_at=read_at))
    asked_at = read_at + timedelta(milliseconds=1)
    await world.hears(world.asks(timing=timing, unless_read="cnv-1", asked_at=asked_at))

    world.passes(hours=21)
    await world.batch_hour()
    await world.sends()

    assert len(world.texts_to(NUMBER)) == 1
    account = await world.balance(YESTERDAY)
    assert account.balanced and account.asked == 1
    (recorded,) = await world.room.database["notices"].find({"tenant": world.tenant}).to_list(None)
    assert recorded["day"] == YESTERDAY.isoformat() and recorded["asked_at"] < world.room.clock.now()


@pytest.mark.parametrize("timing", ["direct", "batched"])
async def test_what_was_read_while_the_gateway_was_out_of_order_is_not_told(
    world: World, timing: str
) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(timing=timing, unless_read="cnv-1"))
    world.passes(hours=21)
    await world.batch_hour()
    world.gateway_does(Mode.FAIL, count=None)
    await world.posting().work_off()

    await world.hears(a_reading(world))
    world.gateway_does(Mode.OK, count=None)
    await world.sends()

    assert world.texts_to(NUMBER) == []
    assert (await world.balance(YESTERDAY)).balanced
    assert (await world.balance(YESTERDAY)).outcomes["suppressed"] == 1


async def test_a_digest_goes_without_what_was_read_since_it_was_made(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    await a_digest(world, "cnv-1", "cnv-2")

    await world.hears(a_reading(world))
    await world.sends()

    assert world.texts_to(NUMBER) == [wordings()[DIGEST].sms]
    account = await world.balance(YESTERDAY)
    assert account.balanced and account.digests == {"sent": 2}
    assert (account.outcomes["digested"], account.outcomes["suppressed"]) == (1, 1)

    await world.hears(a_purge(world, "resident"), service="retention")

    after = await world.balance(YESTERDAY)
    assert after.balanced and (after.outcomes, after.channels) == (account.outcomes, account.channels)
    assert await world.sendings() == []


async def test_what_comes_late_for_a_digest_that_was_all_read_is_told(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    asked_at = world.room.clock.now()
    await a_digest(world, "cnv-1")
    await world.hears(a_reading(world))
    await world.sends()
    assert world.texts_to(NUMBER) == []

    await world.hears(world.asks(timing="batched", unless_read="cnv-2", asked_at=asked_at))
    await world.batch_hour()
    await world.sends()

    assert world.texts_to(NUMBER) == [wordings()[DIGEST].sms]
    account = await world.balance(YESTERDAY)
    assert account.balanced
    assert (account.outcomes["digested"], account.outcomes["suppressed"]) == (1, 1)
