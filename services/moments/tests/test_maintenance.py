"""Maintenance: some days of reading, by civil days, after which a person ends the moment."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.moments.moments.domain.errors import (
    ModuleNotStartedError,
    MomentEndedError,
    MomentMaintainedError,
    MomentNotMaintainedError,
    NoSuchModuleError,
)
from services.moments.moments.domain.events import Ended, EndReason, Expired, Maintained, Resumed
from services.moments.moments.domain.maintenance import Maintenance
from services.moments.moments.domain.moment import Moment, MomentState, Welcome
from services.moments.tests.builders import AT, TODAY, a_moment, started

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def for_days(days: int, *modules: str, today: date = TODAY) -> Maintenance:
    return Maintenance.of(frozenset(modules or ("start",)), days=days, today=today, zone=STOCKHOLM)


def a_maintained_moment(days: int = 7) -> Moment:
    moment = a_moment()
    moment.maintain(for_days(days), at=AT, by="anna")
    return moment


@pytest.mark.rule("R292")
@pytest.mark.decision("D9", "D50")
@pytest.mark.parametrize(
    ("today", "days", "last_day", "ends"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 20), datetime(2026, 11, 20, 23, tzinfo=UTC)),
        (date(2026, 11, 20), 90, date(2027, 2, 17), datetime(2027, 2, 17, 23, tzinfo=UTC)),
        # Across the change to summer time, and on the day of the change itself.
        (date(2026, 3, 1), 31, date(2026, 3, 31), datetime(2026, 3, 31, 22, tzinfo=UTC)),
        (date(2026, 3, 29), 1, date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 25), 1, date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_the_last_of_the_days_ends_at_midnight_where_the_region_is(
    today: date, days: int, last_day: date, ends: datetime
) -> None:
    maintenance = for_days(days, today=today)

    assert (maintenance.last_day, maintenance.expires_at) == (last_day, ends)
    assert maintenance.lasts(ends - timedelta(microseconds=1))
    assert not maintenance.lasts(ends)


@pytest.mark.rule("R289", "R293")
def test_a_moment_in_maintenance_shows_the_resident_the_chosen_modules() -> None:
    moment = a_moment()
    started(moment, "vanor")
    moment.events.clear()

    moment.maintain(for_days(7, "vanor"), at=AT, by="anna")

    assert [module.code for module in moment.modules_shown()] == ["vanor"]
    assert moment.is_open_to_resident(AT) and not moment.is_ended
    assert moment.events == [Maintained(["vanor"], datetime(2026, 11, 26, 23, tzinfo=UTC), AT, "anna")]


@pytest.mark.rule("R293")
def test_what_was_never_started_or_does_not_exist_is_not_chosen() -> None:
    for module, refusal in (("vanor", ModuleNotStartedError), ("okand", NoSuchModuleError)):
        moment = a_moment()
        with pytest.raises(refusal):
            moment.maintain(for_days(7, module), at=AT, by="anna")
        assert moment.state is MomentState.ONGOING


@pytest.mark.rule("R290")
@pytest.mark.decision("D11")
def test_in_maintenance_nothing_is_changed() -> None:
    moment = a_maintained_moment()
    moment.events.clear()

    changes: list[Callable[[], None]] = [
        lambda: started(moment, "vanor"),
        lambda: moment.end_module("start", at=AT, by="anna"),
        lambda: moment.set_upcoming("start", at=AT, by="anna"),
        lambda: moment.choose_steps("start", frozenset("a")),
        lambda: moment.change_days("start", 3, TODAY),
        lambda: moment.greet(Welcome("Hej!")),
        lambda: moment.maintain(for_days(7), at=AT, by="anna"),
    ]
    for change in changes:
        with pytest.raises(MomentMaintainedError):
            change()
    assert moment.events == []


def test_in_maintenance_a_moment_still_changes_hands() -> None:
    moment = a_maintained_moment()

    moment.reassign("bjorn", at=AT, by="eva")

    assert moment.practitioner == "bjorn"


@pytest.mark.rule("R296")
@pytest.mark.decision("D9")
def test_when_the_days_are_over_access_stops_and_the_state_stays_until_a_person_ends_it() -> None:
    moment = a_maintained_moment(1)
    over = datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert not moment.expire(over - timedelta(seconds=1))
    moment.events.clear()

    # Whether or not it has been said yet.
    assert not moment.is_open_to_resident(over)
    assert moment.expire(over + timedelta(hours=3))
    assert not moment.expire(over + timedelta(hours=4))

    assert moment.state is MomentState.MAINTENANCE
    moment.end(EndReason.COMPLETED, at=over, by="anna")
    assert moment.events == [Expired(over), Ended(EndReason.COMPLETED, over, "anna")]


@pytest.mark.decision("D10")
@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=30)])
def test_a_practitioner_takes_a_moment_out_of_maintenance_and_it_goes_on(after: timedelta) -> None:
    moment = a_maintained_moment()
    moment.expire(AT + after)
    moment.events.clear()

    moment.resume(at=AT + after, by="bjorn")

    assert moment.is_open_to_resident(AT + after)
    assert moment.events == [Resumed(AT + after, "bjorn")]
    started(moment, "vanor")
    assert not moment.expire(AT + timedelta(days=60))


@pytest.mark.decision("D10")
def test_there_is_no_way_back_from_the_end_nor_from_what_is_no_maintenance() -> None:
    moment = a_moment()
    with pytest.raises(MomentNotMaintainedError):
        moment.resume(at=AT, by="anna")

    moment.end(EndReason.COMPLETED, at=AT, by="anna")

    with pytest.raises(MomentEndedError):
        moment.resume(at=AT, by="anna")
    with pytest.raises(MomentEndedError):
        moment.maintain(for_days(7), at=AT, by="anna")
    assert not moment.expire(AT + timedelta(days=60))


@pytest.mark.rule("R302")
def test_a_moment_that_ends_in_maintenance_is_closed_to_the_resident_at_once() -> None:
    moment = a_maintained_moment()

    moment.end(EndReason.RESIDENT_BREAKS_OFF, at=AT, by="anna")

    assert not moment.is_open_to_resident(AT)
