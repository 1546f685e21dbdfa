"""Rounds: subject and floor run by turns, A B and then B A, because a machine's speed drifts more than they differ.

A share is the median of the shares of the rounds; each round compares neighbours in time and nothing else.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_began = time.monotonic()


def progress(text: str) -> None:
    """One line for whoever watches, on stderr."""
    print(f"[{time.monotonic() - _began:6.1f} s] {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Sides:
    """Seconds of each side for the same work, per round; and of the subject for twice the work."""

    floor: list[float] = field(default_factory=list)
    subject: list[float] = field(default_factory=list)
    twice: list[float] = field(default_factory=list)

    @property
    def shares(self) -> list[float]:
        """Speed of the subject as a share of the floor's."""
        return [floor / subject for floor, subject in zip(self.floor, self.subject, strict=True)]

    @property
    def share(self) -> float:
        return statistics.median(self.shares)

    @property
    def doubling(self) -> float:
        """How many times as long twice the work takes."""
        return statistics.median(twice / once for twice, once in zip(self.twice, self.subject, strict=True))


Run = Callable[[], float]


def interleave(label: str, rounds: int, floor: Run, subject: Run, twice: Run | None = None) -> Sides:
    """Run each side once a round in alternating order; each returns its seconds. One round before is thrown away."""
    sides = Sides()
    runs = {"floor": floor, "subject": subject, **({"twice": twice} if twice is not None else {})}
    floor()
    subject()
    for number in range(rounds):
        order = list(runs) if number % 2 == 0 else list(reversed(runs))
        for name in order:
            getattr(sides, name).append(runs[name]())
        progress(f"{label}: round {number + 1} of {rounds}, share {sides.shares[-1]:.2f}")
    return sides


def spread(values: Sequence[float], digits: int = 2) -> str:
    """`median [smallest to largest]`."""
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f} to {max(values):.{digits}f}]"


def rate(work: int, seconds: Sequence[float]) -> str:
    """`median a second [slowest to fastest]`."""
    rates = sorted(work / each for each in seconds)
    return f"{statistics.median(rates):,.0f}/s [{rates[0]:,.0f} to {rates[-1]:,.0f}]"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
