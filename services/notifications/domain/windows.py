"""Windows: which day's batch a notice goes with, in the tenant's civil time, over both nights when clocks change.

A window is the civil date of one batch. It follows from when the notice was asked for, so a replay lands in the
same window and with it in the same digest. A day has one batch, also when its hour was moved after it had gone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# What was asked for before the batch and comes this much late still goes with it, at once; what comes later waits
# for the next forenoon instead of waking somebody at night.
GRACE = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gone:
    """The latest window whose batch has gone, and when that was."""

    window: date
    at: datetime


def batch_at(window: date, batch_time: time, zone: ZoneInfo) -> datetime:
    """When the batch of a day goes, in UTC. A time the clocks skip is taken after the leap; one of two, the first."""
    return datetime.combine(window, batch_time, zone).astimezone(UTC)


def next_window(after: datetime, batch_time: time, zone: ZoneInfo) -> date:
    """The day of the first batch strictly after this moment (D18)."""
    day = after.astimezone(zone).date()
    # A batch just before midnight may, in a night with a leap, fall on the day after its own.
    for candidate in (day - _DAY, day, day + _DAY):
        if batch_at(candidate, batch_time, zone) > after:
            return candidate
    return day + 2 * _DAY


def window_of_batched(
    asked_at: datetime, now: datetime, batch_time: time, zone: ZoneInfo, gone: Gone | None = None
) -> date:
    """The batch that a batched notice goes with: the next after it was asked for (R181), if that is not long gone."""
    asked_at = min(asked_at, now)
    window = next_window(asked_at, batch_time, zone)
    if now >= batch_at(window, batch_time, zone) + GRACE:
        window = next_window(now, batch_time, zone)
    return _not_before(gone, asked_at, window)


def window_of_due(
    due_at: datetime, now: datetime, batch_time: time, zone: ZoneInfo, gone: Gone | None = None
) -> date:
    """The batch of a notice with a day of its own: that day's, or the next one to go if that has gone (R185, D19)."""
    return _not_before(gone, now, max(due_at.astimezone(zone).date(), next_window(now, batch_time, zone)))


def _not_before(gone: Gone | None, asked_at: datetime, window: date) -> date:
    """The window, or the first one that had not gone when it was asked: what has been sent tells of nothing later."""
    if gone is None or window > gone.window or asked_at < gone.at:
        return window
    return gone.window + _DAY


def quiet_until(now: datetime, start: time, end: time, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end that it is now within, in UTC; None outside of them (D21)."""
    civil = now.astimezone(zone)
    if start <= end:
        within, over = start <= civil.time() < end, civil.date()
    else:
        within = civil.time() >= start or civil.time() < end
        over = civil.date() + _DAY if civil.time() >= start else civil.date()
    # An hour that the clocks repeat may lie past the end the first time round.
    ends = batch_at(over, end, zone)
    return ends if within and ends > now else None
