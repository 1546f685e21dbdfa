"""`intake` and `intake_single_p50`: the whole write endpoint against a bare driver loop, and against no grouping."""

from typing import Any

from bench.actors import Actor
from bench.costs import Costs
from bench.lines import Measured
from bench.rounds import interleave, rate, spread
from bench.seeds import Mongo, empty, seed_counters
from bench.stack import Stack

_REQUESTS = 6000
_SINGLE = 500


def measure(stack: Stack) -> Measured:
    measured = Measured()
    mongo, token = stack.mongo, stack.issuer.token()
    seed_counters(mongo, "moments")
    seed_counters(mongo, "f1")
    requests, single = stack.work(_REQUESTS), stack.work(_SINGLE)
    whole, bare = Costs(stack), Costs(stack)
    with (
        stack.service("moments", "api") as url,
        stack.service("moments", "api", BENCH_PLAIN="1") as plain_url,
        stack.actor("bench.floors.f1") as f1,
        stack.actor("bench.load") as load,
    ):

        def ask(address: str, requests: int, connections: int) -> dict[str, float]:
            port = int(address.rsplit(":", 1)[1])
            asked: dict[str, Any] = {"port": port, "path": "/counters/", "token": token}
            asked |= {"requests": requests, "connections": connections}
            answer: dict[str, float] = whole.of(requests, lambda: load.do("run", **asked))
            empty(mongo, "moments", "outbox")
            return answer

        sides = interleave(
            "intake",
            stack.rounds,
            lambda: f1_run(mongo, f1, requests, bare),
            lambda: ask(url, requests, 32)["seconds"],
            lambda: ask(url, 2 * requests, 32)["seconds"],
        )
        measured.doublings["intake"] = sides.doubling
        measured.tell(
            "intake",
            sides.share,
            f"{spread(sides.shares)}; endpoint {rate(requests, sides.subject)}, F1 {rate(requests, sides.floor)}",
        )
        measured.tell_costs("a request", endpoint=whole, F1=bare)
        alone = interleave(
            "intake_single_p50",
            stack.rounds,
            lambda: ask(plain_url, single, 1)["p50"],
            lambda: ask(url, single, 1)["p50"],
        )
        ratios = [1 / share for share in alone.shares]
        milliseconds = ([1000 * p50 for p50 in alone.subject], [1000 * p50 for p50 in alone.floor])
        measured.tell(
            "intake_single_p50",
            1 / alone.share,
            f"{spread(ratios)}; {spread(milliseconds[0])} ms, plain {spread(milliseconds[1])} ms",
        )
    return measured


def f1_run(mongo: Mongo, f1: Actor, commands: int, costs: Costs) -> float:
    """One run of F1, which `end_to_end` is measured against, too: seconds."""
    seconds: float = costs.of(commands, lambda: f1.do("run", commands=commands))["seconds"]
    empty(mongo, "f1", "outbox")
    return seconds
