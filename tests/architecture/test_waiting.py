"""Waiting ends with the answer as soon as it is there, or with what was last heard."""

from collections.abc import Awaitable, Callable

import pytest

from tests.eventually import eventually, eventually_now


def counts_to(enough: int) -> Callable[[], int]:
    asked: list[int] = []

    def count() -> int:
        asked.append(1)
        return len(asked) if len(asked) >= enough else 0

    return count


def later(condition: Callable[[], int]) -> Callable[[], Awaitable[int]]:
    async def ask() -> int:
        return condition()

    return ask


async def test_the_first_answer_that_is_something_is_returned() -> None:
    assert await eventually(counts_to(3)) == 3
    assert await eventually(later(counts_to(3))) == 3


def test_a_test_without_a_loop_waits_the_same_way() -> None:
    assert eventually_now(counts_to(3)) == 3


async def test_what_was_last_heard_is_told_when_the_time_is_up() -> None:
    def never() -> bool:
        raise AssertionError("two messages, not one")

    with pytest.raises(AssertionError, match=r"Not within 0.01 s: .*never; two messages, not one"):
        await eventually(never, timeout=0.01)


def test_an_empty_answer_is_told_when_the_time_is_up() -> None:
    with pytest.raises(AssertionError, match=r"the last answer was \[\]"):
        eventually_now(list, timeout=0.01)


async def test_an_error_that_is_no_assertion_comes_out_at_once() -> None:
    def broken() -> bool:
        raise LookupError("broken")

    with pytest.raises(LookupError):
        await eventually(broken)
