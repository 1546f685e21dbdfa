"""The clock of a local stack: real time plus a shift that only grows, in a file that every process reads.

The file is `{"shift_seconds": N}`; only the issuer writes it, whole or not at all.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


class ClockGoesBackError(Exception):
    """Somebody asked for a time that has passed; what has fired cannot be unfired."""


class LocalClock:
    """Reads and moves the shift; one writer."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._shift = _read(file)

    @property
    def shift_seconds(self) -> float:
        """How far the stack is ahead of real time."""
        return self._shift

    def now(self) -> datetime:
        """The stack's time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._shift)

    def shift_to(self, seconds: float) -> None:
        """Be `seconds` ahead of real time; on disk when this returns. Raises ClockGoesBackError."""
        if seconds < self._shift:
            raise ClockGoesBackError(f"The clock is {self._shift:.0f} s ahead already and never goes back.")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._file.with_name(f".{self._file.name}")
        with scratch.open("w") as file:
            json.dump({"shift_seconds": seconds}, file)
            file.flush()
            os.fsync(file.fileno())
        scratch.rename(self._file)
        self._shift = seconds

    def reach(self, at: datetime) -> None:
        """Make `at` the present. Raises ClockGoesBackError."""
        ahead = (at - self.now()).total_seconds()
        if ahead < 0:
            raise ClockGoesBackError(
                f"{at.isoformat()} has passed: it is {self.now().isoformat(timespec='seconds')}."
            )
        self.shift_to(self._shift + ahead)


def _read(file: Path) -> float:
    if not file.exists():
        return 0.0
    return float(json.loads(file.read_text())["shift_seconds"])
