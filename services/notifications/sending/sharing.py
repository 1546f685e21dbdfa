"""Loops that any number of workers run side by side, because what they work on is claimed piece by piece."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from chassis.leases import Tenure
from chassis.loops import Runner


@contextmanager
def sharing(runner: Runner) -> Iterator[Tenure]:
    """Count as active without holding the loop's lease; the tenure ends when the process is told to stop."""
    tenure = Tenure(0, "", math.inf)
    runner.progress_at = time.monotonic()
    runner.active = True
    runner.tenure = tenure
    try:
        yield tenure
    finally:
        runner.active = False
        runner.tenure = None
