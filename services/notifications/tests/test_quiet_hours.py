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
from services.notifications.domain.wording import DIGEST
from services.notifications.tests.test_batches import a_reading
from services.notifications.tests.test_kills import killed_while_sending
from services.notifications.tests.test_purge import a_purge
from services.notifications.tests.world import World, a_mobile, a_resident, a_world
from services.notifications.wording import wordings

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
    assert account.channels == {"sms": {"sent": 4}, "email": {"sent": 3}, "inbox": {"sent": 4}}


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


@pytest.mark.decision("D21")
async def test_a_held_sms_goes_without_what_was_read_before_the_hours_end(quiet: World) -> None:
    """Of three one was read: one SMS goes with the others. Bo has read everything there was, and gets none."""
    await quiet.has_on(ALICE, sms=NUMBER)
    await quiet.has_on(BO, sms=a_mobile(2))
    quiet.passes(hours=11)
    await quiet.hears(
        quiet.asks(unless_read="cnv-1"),
        quiet.asks(unless_read="cnv-2"),
        quiet.asks(),
        quiet.asks(recipient_id=BO, unless_read="cnv-3"),
    )
    quiet.passes(hours=1)
    await quiet.hears(a_reading(quiet), a_reading(quiet, resident_id=BO, conversation_id="cnv-3"))
    quiet.passes(hours=8)
    await quiet.batch_hour()
    await quiet.sends()

    assert quiet.texts_to(NUMBER) == [wordings()[DIGEST].sms]
    assert quiet.texts_to(a_mobile(2)) == []
    account = await quiet.balance(datetime(2026, 11, 20, tzinfo=UTC).date())
    assert account.balanced and (account.outcomes["sent"], account.outcomes["suppressed"]) == (2, 2)
    assert account.channels == {"inbox": {"sent": 4}, "sms": {"sent": 2, "suppressed": 2}}
    settled = await quiet.settled()
    assert sorted((s.outcome, s.reason) for s in settled) == [
        ("sent", "none"),
        ("sent", "none"),
        ("suppressed", "read"),
        ("suppressed", "read"),
    ]


async def test_what_is_left_of_held_notices_says_what_it_is(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=NUMBER)
    quiet.passes(hours=11)
    await quiet.hears(quiet.asks(unless_read="cnv-1"), quiet.asks(category="reminder"))
    quiet.passes(hours=1)
    await quiet.hears(a_reading(quiet))
    quiet.passes(hours=8)
    await quiet.batch_hour()
    await quiet.sends()

    assert quiet.texts_to(NUMBER) == [wordings()["reminder"].sms]


async def test_what_was_read_before_it_was_asked_for_is_sent(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=NUMBER)
    quiet.passes(hours=10, minutes=59)
    await quiet.hears(a_reading(quiet))
    quiet.passes(minutes=1)
    await quiet.hears(quiet.asks(unless_read="cnv-1"))
    quiet.passes(hours=9)
    await quiet.batch_hour()
    await quiet.sends()

    assert len(quiet.texts_to(NUMBER)) == 1


async def test_a_purge_takes_what_was_left_out_of_a_held_sms_too(quiet: World) -> None:
    await quiet.has_on(ALICE, sms=NUMBER)
    quiet.passes(hours=11)
    await quiet.hears(quiet.asks(unless_read="cnv-1"), quiet.asks())
    quiet.passes(hours=1)
    await quiet.hears(a_reading(quiet))
    quiet.passes(hours=8)
    await quiet.batch_hour()
    await quiet.sends()
    friday = datetime(2026, 11, 20, tzinfo=UTC).date()
    before = await quiet.balance(friday)

    await quiet.hears(a_purge(quiet, "resident"), service="retention")

    after = await quiet.balance(friday)
    assert after.balanced and (after.outcomes, after.channels) == (before.outcomes, before.channels)
    assert await quiet.sendings() == []


async def test_a_worker_killed_at_any_step_sends_what_is_unread_once(quiet: World) -> None:
    residents = range(1, 15)
    quiet.passes(hours=11)
    for n in residents:
        await quiet.has_on(a_resident(n), sms=a_mobile(n))
        await quiet.hears(
            quiet.asks(recipient_id=a_resident(n), unless_read=f"cnv-{n}"),
            quiet.asks(recipient_id=a_resident(n)),
        )
    quiet.passes(hours=1)
    for n in residents:
        await quiet.hears(a_reading(quiet, resident_id=a_resident(n), conversation_id=f"cnv-{n}"))
    quiet.passes(hours=8)
    await quiet.batch_hour()

    fuses = [
        await killed_while_sending(quiet, sending["_id"], step)
        for step, sending in enumerate(await quiet.sendings())
    ]
    await quiet.sends()

    assert sum(fuse.burnt for fuse in fuses) >= 10
    for n in residents:
        assert quiet.texts_to(a_mobile(n)) == [wordings()["new_message"].sms], n
    account = await quiet.balance(datetime(2026, 11, 20, tzinfo=UTC).date())
    assert account.balanced and account.doubled == 0
    assert account.channels["sms"] == {"sent": len(residents), "suppressed": len(residents)}
    assert account.channels["inbox"] == {"sent": 2 * len(residents)}
