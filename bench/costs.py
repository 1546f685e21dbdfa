"""Processor time of every process of a stack, for a unit of work: where the time of a share goes."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.stack import Stack

_TICKS = os.sysconf("SC_CLK_TCK")
_LEAST_MICROSECONDS = 3
T = TypeVar("T")


class Costs:
    """What a side of a line has cost each process, summed up over its rounds."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._spent: Counter[str] = Counter()
        self._work = 0

    def of(self, work: int, do: Callable[[], T]) -> T:
        """Do so many units of work, and add up what they cost."""
        before = self._ticks()
        done = do()
        for name, ticks in self._ticks().items():
            self._spent[name] += ticks - before.get(name, 0)
        self._work += work
        return done

    def __str__(self) -> str:
        """`mongod 145, moments-api 310 = 455 µs`; what costs next to nothing counts in the sum alone."""
        each = {name: 1e6 * ticks / _TICKS / self._work for name, ticks in self._spent.items()}
        shown = [f"{name} {cost:.0f}" for name, cost in sorted(each.items()) if cost >= _LEAST_MICROSECONDS]
        return f"{', '.join(shown)} = {sum(each.values()):.0f} µs"

    def _ticks(self) -> Counter[str]:
        spent: Counter[str] = Counter()
        for name, pid in self._stack.processes():
            # After the name in brackets: user and system time are the 14th and 15th field of the file (proc(5)).
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            spent[name] += int(fields[11]) + int(fields[12])
        return spent
