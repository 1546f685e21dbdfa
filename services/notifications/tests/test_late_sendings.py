"""What goes later than it was asked for goes as it is then: not in quiet hours, and where the resident wants it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from chassis.tenancy import QuietHours
from deploy.embedded.behaviour import Mode
from services.notifications.domain.wording import DIGEST
from services.notifications.tests.reader import Me
from services.notifications.tests.test_looks import AT_ONCE, loses_its_answer
from services.notifications.tests.test_purge import a_purge
from services.notifications.tests.test_why import asked_why
from services.notifications.tests.world import World, a_mobile, a_resident, a_world
from services.notifications.wording import wordings

ALICE, OLD, NEW, ADDRESS = a_resident(), a_mobile(1), a_mobile(2), "alice@example.se"
TEXT = wordings()["new_message"].sms
FRIDAY = date(2026, 11, 20)


@pytest.fixture
async def quiet(mongo_url: str, tenant: str, tmp_path: Path) -> AsyncIterator[World]:
    hours = QuietHours(start=time(21), end=time(7))
    async with a_world(mongo_url, tenant, tmp_path, quiet_hours=hours) as world:
        yield world


def it_is(world: World, day: int, hour: int, minute: int = 0) -> None:
    """In UTC: an hour before the region's winter time."""
    until = datetime(2026, 11, day, hour, minute, tzinfo=UTC) - world.room.clock.now()
    world.passes(seconds=until.total_seconds())


@pytest.mark.decision("D21")
async def test_an_sms_that_could_not_go_before_quiet_hours_goes_when_they_end(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=OLD, email=ADDRESS)
    it_is(quiet, 20, 19, 56)
    await quiet.hears(quiet.asks())
    it_is(quiet, 21, 0)

    await quiet.sends(until_settled=False)
    held = await quiet.balance(FRIDAY)
    await quiet.watches()
    it_is(quiet, 21, 6)
    await quiet.batch_hour()
    assert quiet.texts_to(OLD) == [] and len(quiet.mails_to(ADDRESS)) == 1
    await quiet.sends()

    assert held.balanced and held.channels["sms"] == {"pending": 1}
    region = {"tenant": quiet.tenant}
    assert quiet.metrics.registry.get_sample_value("sob_notifications_unsent_waiting", region) == 0
    assert quiet.texts_to(OLD) == [TEXT]
    (sms,) = [sending for sending in await quiet.sendings() if sending["channel"] == "sms"]
    assert sms["attempts"] == 1 and sms["story"][0]["code"] == "quiet"
    assert (await quiet.balance(FRIDAY)).balanced


@pytest.mark.decision("D21")
async def test_a_digest_that_is_flushed_in_quiet_hours_waits_for_their_end(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=OLD)
    await quiet.hears(quiet.asks(timing="batched"))
    it_is(quiet, 21, 22)
    await quiet.batch_hour()

    await quiet.sends(until_settled=False)
    assert quiet.texts_to(OLD) == []
    it_is(quiet, 22, 6)
    await quiet.batch_hour()
    await quiet.sends()

    assert quiet.texts_to(OLD) == [wordings()[DIGEST].sms]
    assert (await quiet.balance(FRIDAY)).balanced


async def test_a_code_that_somebody_waits_for_goes_at_any_hour(quiet: World) -> None:
    it_is(quiet, 20, 22)
    await Me(quiet).chooses(sms={"on": True, "number": OLD})

    await quiet.sends()

    assert len(Me(quiet).codes_to(OLD)) == 1


@pytest.mark.rule("R193")
async def test_a_held_sms_goes_to_the_number_that_was_confirmed_meanwhile(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=OLD)
    it_is(quiet, 20, 21)
    await quiet.hears(quiet.asks())
    await quiet.has_on(ALICE, sms=NEW)
    await quiet.hears(quiet.asks())
    it_is(quiet, 21, 6)
    await quiet.batch_hour()
    # Its answer is lost: it is looked for where it went.
    quiet.gateway_does(Mode.DROP)

    await quiet.sends()

    assert (quiet.texts_to(OLD), quiet.texts_to(NEW)) == ([], [wordings()[DIGEST].sms])
    assert (await quiet.balance(FRIDAY)).balanced


async def test_a_held_sms_that_a_purge_has_made_smaller_is_looked_for_as_it_was_sent(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=OLD)
    it_is(quiet, 20, 21)
    await quiet.hears(quiet.asks(), quiet.asks(moment_id="mom-2"))
    it_is(quiet, 21, 6)
    await quiet.batch_hour()
    sending = await loses_its_answer(quiet)
    await quiet.hears(a_purge(quiet, moment="mom-2"), service="retention")

    await quiet.sender(pace=AT_ONCE).look(sending)

    assert [sending["state"] for sending in await quiet.sendings()] == ["sent"]
    assert quiet.texts_to(OLD) == [wordings()[DIGEST].sms]
    assert (await quiet.balance(FRIDAY)).balanced


@pytest.mark.rule("R183", "R193")
async def test_what_waits_for_a_provider_is_not_sent_on_a_channel_that_was_switched_off(world: World) -> None:
    await world.has_on(ALICE, sms=OLD, email=ADDRESS)
    await world.hears(world.asks("k1"), world.asks(timing="batched"))
    world.passes(days=1)
    await world.batch_hour()
    await world.has_on(ALICE, email="alice@new.example.se")

    await world.sends()

    assert world.texts_to(OLD) == [] and world.mails_to(ADDRESS) == []
    assert len(world.mails_to("alice@new.example.se")) == 2
    (notice,) = (await asked_why(world, dedup_key="k1")).json()["notices"]
    assert notice["choices"] == {"sms": False, "email": True}
    account = await world.balance(FRIDAY)
    assert account.balanced and account.channels["sms"] == {"suppressed": 2}
    assert {s.reason for s in await world.settled() if s.channel == "sms"} == {"no_channel"}
