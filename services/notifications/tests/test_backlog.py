"""How long the unsent will take follows from how fast what waited has gone."""

import math

import pytest

from services.notifications.domain.backlog import Backlog, Drain


def test_nothing_waits_and_nothing_takes_time() -> None:
    assert Drain().look(Backlog(), at=0) == 0


def test_as_long_as_nothing_goes_it_never_ends() -> None:
    drain = Drain()

    assert drain.look(Backlog(100), at=0) == math.inf
    assert drain.look(Backlog(120, left=100), at=10) == math.inf


def test_what_came_meanwhile_is_no_slowness() -> None:
    drain = Drain()
    drain.look(Backlog(100), at=0)

    # Fifty of the hundred went in ten seconds, and 150 came.
    assert drain.look(Backlog(200, left=50), at=10) == 200 / 5


def test_a_pace_is_evened_out_and_outlasts_an_empty_while() -> None:
    drain = Drain()
    drain.look(Backlog(100), at=0)
    drain.look(Backlog(0), at=10)
    drain.look(Backlog(0), at=20)

    assert drain.look(Backlog(30), at=30) == pytest.approx(3)
    assert 3 < drain.look(Backlog(30, left=30), at=32) < 4
