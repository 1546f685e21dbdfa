"""Time is a dependency: whoever needs the time is given a clock.

Civil time (moments, timers, tokens) comes from a `Clock` and can be fast-forwarded in a local stack. Order in the
outbox comes from `position()`, which is real time and never goes back within a process.
"""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_LOOK_EVERY_SECONDS = 0.05


class Clock(Protocol):
    def now(self) -> datetime:
        """The time as an aware datetime in UTC."""
        ...


class SystemClock:
    """Real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """Time that moves only when a test says so, and never back."""

    def __init__(self, at: datetime) -> None:
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self.reach(self._now + by)

    def reach(self, at: datetime) -> None:
        if at < self._now:
            raise ValueError(f"A clock never goes back: {at.isoformat()} is before {self._now.isoformat()}.")
        self._now = at.astimezone(UTC)


class ShiftedClock:
    """Real time plus the shift in a file `{"shift_seconds": N}` that a local stack's processes share.

    The file is looked at no more than every 50 ms. A missing, half-written or smaller shift changes nothing: the
    shift only grows.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._shift = timedelta(0)
        self._stamp: tuple[int, int] | None = None
        self._look_again_at = 0.0

    def now(self) -> datetime:
        moment = time.monotonic()
        if moment >= self._look_again_at:
            self._look_again_at = moment + _LOOK_EVERY_SECONDS
            self._look()
        return datetime.now(UTC) + self._shift

    def _look(self) -> None:
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp == self._stamp:
                return
            shift = timedelta(seconds=float(json.loads(self._file.read_bytes())["shift_seconds"]))
        except (OSError, ValueError, KeyError, TypeError):
            return
        self._stamp = stamp
        self._shift = max(self._shift, shift)


def open_clock(shift_file: Path | None) -> Clock:
    """The clock of a process: real time, unless a local stack named a file with a shift."""
    return SystemClock() if shift_file is None else ShiftedClock(shift_file)


class _Positions:
    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1000)
            return self._last


_positions = _Positions()


def position() -> int:
    """Microseconds of real time, strictly increasing within the process, whatever the machine's clock does."""
    return _positions.next()
