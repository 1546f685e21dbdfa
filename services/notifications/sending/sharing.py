"""Loops that any number of workers run side by side, because what they work on is claimed piece by piece."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from chassis.leases import Tenure
from chassis.loops import Runner, acting


@contextmanager
def sharing(runner: Runner) -> Iterator[Tenure]:
    """Count as active without holding the loop's lease; the tenure ends when the process is told to stop."""
    tenure = Tenure(0, "", math.inf)
    with acting(runner, tenure):
        yield tenure
