"""Which batch a notice goes with, over all nights of some years, those when clocks change among them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.windows import (
    GRACE,
    Gone,
    batch_at,
    next_window,
    window_of_batched,
    window_of_due,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NINE = time(9, 0)

START = datetime(2024, 1, 1, tzinfo=UTC)

moments = st.timedeltas(timedelta(0), timedelta(days=7 * 365)).map(lambda after: START + after)
# The nights of both changes, minute by minute, whatever the hour of the batch.
changes = st.builds(
    lambda night, minutes: night + timedelta(minutes=minutes),
    st.sampled_from([datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)]),
    st.integers(0, 2 * 24 * 60),
)
hours = st.times().map(lambda t: t.replace(second=0, microsecond=0, tzinfo=None))


@pytest.mark.rule("R181")
@pytest.mark.decision("D18", "D50")
@given(st.one_of(moments, changes), hours)
def test_the_next_batch_is_strictly_later_and_the_one_before_it_is_not(at: datetime, hour: time) -> None:
    window = next_window(at, hour, STOCKHOLM)

    assert batch_at(window, hour, STOCKHOLM) > at
    assert batch_at(window - timedelta(days=1), hour, STOCKHOLM) <= at
    assert batch_at(window, hour, STOCKHOLM) - at <= timedelta(hours=25)


@given(changes)
def test_a_batch_at_nine_is_at_nine_on_the_wall_on_every_day(at: datetime) -> None:
    window = next_window(at, NINE, STOCKHOLM)

    assert batch_at(window, NINE, STOCKHOLM).astimezone(STOCKHOLM).time() == NINE


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 3, 29), NINE, datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),
        (date(2026, 10, 25), NINE, datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
    ],
)
@pytest.mark.decision("D50")
def test_each_day_has_one_batch_also_in_the_nights_when_clocks_change(
    day: date, hour: time, utc: datetime
) -> None:
    assert batch_at(day, hour, STOCKHOLM) == utc


@given(moments, st.integers(0, 3600 * 50))
def test_a_window_depends_on_the_asking_so_a_replay_within_grace_lands_in_the_same(
    asked: datetime, late: int
) -> None:
    now = asked + timedelta(seconds=late)

    window = window_of_batched(asked, now, NINE, STOCKHOLM)

    first = next_window(asked, NINE, STOCKHOLM)
    if now < batch_at(first, NINE, STOCKHOLM) + GRACE:
        assert window == first
    else:
        assert batch_at(window, NINE, STOCKHOLM) > now


@given(moments)
def test_an_asker_whose_clock_is_ahead_does_not_delay_a_notice(now: datetime) -> None:
    asked = now + timedelta(days=40)

    assert window_of_batched(asked, now, NINE, STOCKHOLM) == next_window(now, NINE, STOCKHOLM)


@pytest.mark.rule("R185")
@pytest.mark.decision("D19")
def test_a_notice_with_a_day_goes_with_the_batch_of_that_day() -> None:
    now = datetime(2026, 11, 20, 11, tzinfo=UTC)
    late_at_night = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)

    assert window_of_due(late_at_night, now, NINE, STOCKHOLM) == date(2026, 11, 21)


def test_a_notice_whose_day_has_had_its_batch_goes_with_the_next() -> None:
    now = datetime(2026, 11, 20, 11, tzinfo=UTC)

    assert window_of_due(now, now, NINE, STOCKHOLM) == date(2026, 11, 21)
    assert window_of_due(now - timedelta(days=9), now, NINE, STOCKHOLM) == date(2026, 11, 21)


@given(moments, moments)
def test_what_is_asked_after_a_batch_went_never_goes_with_it_whatever_the_hour_is_now(
    went: datetime, asked: datetime
) -> None:
    gone = Gone(went.astimezone(STOCKHOLM).date(), went)

    window = window_of_batched(asked, asked, time(23, 59), STOCKHOLM, gone)

    assert window > gone.window or asked < went
    assert window == next_window(asked, time(23, 59), STOCKHOLM) or window == gone.window + timedelta(days=1)
