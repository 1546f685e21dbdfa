"""`latency_p50` and `latency_p99`: from commit to effect in another service, against the sum of its three bare steps.

At 50 a second, and the median once more at 3 a second, where whatever sleeps between two messages would show.
"""

import statistics
from dataclasses import dataclass, field

from bench.actors import Actor
from bench.lines import Measured
from bench.rounds import percentile, progress, spread
from bench.seeds import clear, seed_counters, seed_tallies
from bench.stack import Stack, hearing

_SHARES = {"p50": 0.5, "p99": 0.99}


@dataclass
class _Rate:
    """What one rate has given, per round: milliseconds of the subject and of the sum of its floors."""

    per_second: int
    messages: int
    subject: dict[str, list[float]] = field(default_factory=lambda: {"p50": [], "p99": []})
    floors: dict[str, list[float]] = field(default_factory=lambda: {"p50": [], "p99": []})

    def ratios(self, which: str) -> list[float]:
        return [mine / bare for mine, bare in zip(self.subject[which], self.floors[which], strict=True)]


def measure(stack: Stack) -> Measured:
    measured = Measured()
    mongo = stack.mongo
    for name in ("flags", "floor"):
        seed_tallies(mongo, name)
        clear(mongo, name)
    seed_counters(mongo, "moments")
    often, seldom = _Rate(50, stack.work(300)), _Rate(3, stack.work(30))
    with (
        stack.service("moments", "worker"),
        hearing(stack) as hearer,
        stack.actor("bench.subjects.saying") as saying,
        stack.actor("bench.floors.three_steps") as bare,
    ):

        def subject(rate: _Rate) -> list[float]:
            hearer.do("reset")
            committed = saying.do("say", messages=rate.messages, per_second=rate.per_second)["committed"]
            hearer.do("reached", messages=rate.messages)
            effects = {key: at for key, at, _ in hearer.do("effects")["effects"]}
            return [effects[moment] - at for moment, at in committed.items()]

        for number in range(stack.rounds + 1):
            for rate in (often, seldom):
                order = ["floors", "subject"] if number % 2 == 0 else ["subject", "floors"]
                took = {name: [subject(rate)] if name == "subject" else _floors(bare, rate) for name in order}
                clear(mongo, "floor")
                # The first round warms up.
                for which, share in _SHARES.items() if number else ():
                    rate.subject[which].append(1000 * percentile(took["subject"][0], share))
                    rate.floors[which].append(1000 * sum(percentile(step, share) for step in took["floors"]))
            if number:
                progress(f"latency: round {number} of {stack.rounds}, p50 {often.ratios('p50')[-1]:.2f}")
    for which in _SHARES:
        detail = f"{spread(often.ratios(which))}; {_both(often, which)}"
        if which == "p50":
            detail += f"; at 3/s {spread(seldom.ratios(which))}, {_both(seldom, which)}"
        measured.tell(f"latency_{which}", statistics.median(often.ratios(which)), detail)
    return measured


def _both(rate: _Rate, which: str) -> str:
    return f"{spread(rate.subject[which], 1)} ms, floors {spread(rate.floors[which], 1)} ms"


def _floors(bare: Actor, rate: _Rate) -> list[list[float]]:
    return [
        bare.do(step, messages=rate.messages, per_second=rate.per_second)["took"]
        for step in ("relay", "produce", "handle")
    ]
