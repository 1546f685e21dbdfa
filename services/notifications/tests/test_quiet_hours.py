"""Quiet hours: off by default; a region that sets them holds SMS, and nothing else, and sends one when they end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chassis.mongo import in_transaction
from chassis.tenancy import QuietHours
from contracts.retention import PurgeRequested
from services.notifications.domain.windows import quiet_until
from services.notifications.tests.world import World, a_mobile, a_resident, a_world
from services.notifications.wording import DIGEST, wordings

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ALICE, BO = a_resident(1), a_resident(2)
NUMBER, ADDRESS = a_mobile(), "alice@example.se"
NIGHT = (time(21), time(7))


@pytest.fixture
async def quiet(mongo_url: str, tenant: str, tmp_path: Path) -> AsyncIterator[World]:
    hours = QuietHours(start=time(21), end=time(7))
    async with a_world(mongo_url, tenant, tmp_path, quiet_hours=hours) as world:
        yield world


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (datetime(2026, 11, 20, 19, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 20, 20, 0, tzinfo=UTC), datetime(2026, 11, 21, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 21, 5, 59, tzinfo=UTC), datetime(2026, 11, 21, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 21, 6, 0, tzinfo=UTC), None),
        # The nights when clocks change.
        (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
    ],
)
@pytest.mark.decision("D21")
def test_quiet_hours_end_at_their_civil_time(now: datetime, ends: datetime | None) -> None:
    assert quiet_until(now, *NIGHT, STOCKHOLM) == ends


def test_hours_that_begin_and_end_on_one_day_are_quiet_between() -> None:
    noon = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)

    assert quiet_until(noon, time(12), time(13), STOCKHOLM) == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert quiet_until(noon, time(13), time(14), STOCKHOLM) is None


@pytest.mark.decision("D21")
async def test_held_sms_go_as_one_when_the_hours_end_and_mail_goes_at_once(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    await quiet.has_on(BO, sms=a_mobile(2))
    quiet.passes(hours=11)
    await quiet.hears(quiet.asks(), quiet.asks(moment_id="mom-2"), quiet.asks(recipient_id=BO))
    await quiet.hears(quiet.asks(moment_id="mom-3"))

    await quiet.sends(until_settled=False)
    assert quiet.texts_to(NUMBER) == [] and len(quiet.mails_to(ADDRESS)) == 3
    assert (await quiet.balance()).balanced and (await quiet.balance()).outcomes["pending"] == 4
    quiet.passes(hours=7, minutes=59)
    await quiet.batch_hour()
    await quiet.sends(until_settled=False)
    assert quiet.texts_to(NUMBER) == []
    quiet.passes(minutes=1)
    await quiet.batch_hour()
    await quiet.sends()

    assert quiet.texts_to(NUMBER) == [wordings()[DIGEST].sms]
    assert quiet.texts_to(a_mobile(2)) == [wordings()["new_message"].sms]
    account = await quiet.balance(datetime(2026, 11, 20, tzinfo=UTC).date())
    assert account.balanced and account.outcomes["sent"] == 4
    assert account.channels == {"sms": {"sent": 4}, "email": {"sent": 3}}


async def test_what_comes_just_after_the_hours_ended_for_what_was_held_is_sent_too(quiet: World) -> None:
    """The timer has fired when a slower worker commits what it decided to hold."""
    await quiet.has_on(ALICE, sms=NUMBER)
    quiet.passes(hours=19, minutes=59)
    slow = [quiet.record(quiet.asks())]
    held = quiet.handling._effects([quiet.handling.read(slow[0])])  # type: ignore[list-item]
    changes = await held
    quiet.passes(minutes=2)
    await quiet.batch_hour()
    await in_transaction(quiet.room.client, lambda session: changes.apply(quiet.room.database, session))

    await quiet.batch_hour()
    await quiet.sends()

    assert len(quiet.texts_to(NUMBER)) == 1


async def test_what_is_held_goes_with_a_purge(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=NUMBER)
    quiet.passes(hours=11)
    await quiet.hears(quiet.asks(), quiet.asks(moment_id="mom-2"))
    purge = PurgeRequested(
        purge_id="prg-1",
        moment_id="mom-1",
        resident_id=ALICE,
        scope="moment",
        requested_at=quiet.room.clock.now(),
    )

    await quiet.hears(purge, service="retention")
    quiet.passes(hours=9)
    await quiet.batch_hour()
    await quiet.sends()

    assert quiet.texts_to(NUMBER) == [wordings()["new_message"].sms]
    account = await quiet.balance(datetime(2026, 11, 20, tzinfo=UTC).date())
    assert account.balanced and (account.outcomes["sent"], account.outcomes["suppressed"]) == (1, 1)
