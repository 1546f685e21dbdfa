"""Waiting without guessing how long: ask until it is so, and say what was the case when it never became so."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar, overload

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.1


class Waiting:
    """How long to pause before asking again, until the time is up; then it raises with what was last heard."""

    def __init__(self, condition: Callable[..., object], timeout: float) -> None:
        self._name = getattr(condition, "__qualname__", repr(condition))
        self._timeout = timeout
        self.heard = "it was never asked"

    def pauses(self) -> Iterator[float]:
        """The first answer is asked for at once; one is asked for after the time is up, so a long pause is no miss."""
        deadline = time.monotonic() + self._timeout
        pause = 0.0
        while True:
            is_last = time.monotonic() > deadline
            yield pause
            if is_last:
                raise AssertionError(f"Not within {self._timeout:g} s: {self._name}; {self.heard}.")
            pause = min(max(pause * 1.5, _FIRST_PAUSE), _LONGEST_PAUSE)


@overload
async def eventually(condition: Callable[[], Awaitable[T | None]], timeout: float = ...) -> T: ...
@overload
async def eventually(condition: Callable[[], T | None], timeout: float = ...) -> T: ...
async def eventually(condition: Callable[[], Any], timeout: float = 10) -> Any:
    """The condition's first truthy answer. An AssertionError in it means "not yet", and is told at the end."""
    waiting = Waiting(condition, timeout)
    for pause in waiting.pauses():
        await asyncio.sleep(pause)
        try:
            asked = condition()
            answer = await asked if inspect.isawaitable(asked) else asked
        except AssertionError as not_yet:
            waiting.heard = str(not_yet) or "its assertion did not hold"
            continue
        if answer:
            return answer
        waiting.heard = f"the last answer was {answer!r}"
    raise AssertionError("The pauses end with an error of their own.")


def eventually_now(condition: Callable[[], T | None], timeout: float = 10) -> T:
    """The same for a test without an event loop."""
    waiting = Waiting(condition, timeout)
    for pause in waiting.pauses():
        time.sleep(pause)
        try:
            answer = condition()
        except AssertionError as not_yet:
            waiting.heard = str(not_yet) or "its assertion did not hold"
            continue
        if answer:
            return answer
        waiting.heard = f"the last answer was {answer!r}"
    raise AssertionError("The pauses end with an error of their own.")
