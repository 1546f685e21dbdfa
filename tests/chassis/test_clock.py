"""Clocks and positions."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.clock import ManualClock, ShiftedClock, SystemClock, open_clock, position
from tests.eventually import eventually

NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


def test_every_clock_tells_an_aware_time_in_utc(tmp_path: Path) -> None:
    clocks = (SystemClock(), ManualClock(NOON), ShiftedClock(tmp_path / "clock.json"))

    assert {clock.now().tzinfo for clock in clocks} == {UTC}


def test_a_manual_clock_moves_when_told_and_never_back() -> None:
    clock = ManualClock(NOON)

    clock.advance(timedelta(days=1))

    assert clock.now() == NOON + timedelta(days=1)
    with pytest.raises(ValueError, match="never goes back"):
        clock.reach(NOON)


async def test_a_shifted_clock_follows_its_file_and_survives_a_half_written_one(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    clock = ShiftedClock(file)

    file.write_text(json.dumps({"shift_seconds": 86_400}))
    await eventually(lambda: clock.now() - datetime.now(UTC) > timedelta(hours=23))
    file.write_text('{"shift_sec')

    await eventually(lambda: clock._look_again_at > 0)
    assert clock.now() - datetime.now(UTC) > timedelta(hours=23)


async def test_a_smaller_shift_never_takes_time_back(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    file.write_text(json.dumps({"shift_seconds": 3600}))
    clock = ShiftedClock(file)
    before = clock.now()

    file.write_text(json.dumps({"shift_seconds": 0}))
    clock._look_again_at = 0.0

    assert clock.now() >= before


def test_a_process_without_a_clock_file_has_real_time(tmp_path: Path) -> None:
    assert isinstance(open_clock(None), SystemClock)
    assert isinstance(open_clock(tmp_path / "clock.json"), ShiftedClock)


def test_positions_strictly_increase() -> None:
    positions = [position() for _ in range(10_000)]

    assert all(later > earlier for earlier, later in itertools.pairwise(positions))
