"""Waiting for what happens in another process."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], timeout: float = 5) -> None:
    """Return when it holds; fail when it does not in time."""
    deadline = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {timeout} s")
        time.sleep(0.02)
