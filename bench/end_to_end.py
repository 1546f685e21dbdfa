"""`end_to_end`: request, outbox, topic, inbox, effect, every process on the same cores, against F1 alone.

The latency at that rate is from the client's sending of a request to the committed effect in the other service.
"""

import time
from datetime import datetime

from bench.costs import Costs
from bench.intake import f1_run
from bench.lines import Measured
from bench.rounds import interleave, percentile, rate, spread
from bench.seeds import empty, seed_counters, seed_tallies
from bench.stack import Stack, hearing

_REQUESTS = 6000


def measure(stack: Stack) -> Measured:
    measured = Measured()
    mongo, token, requests = stack.mongo, stack.issuer.token(), stack.work(_REQUESTS)
    seed_counters(mongo, "moments")
    seed_counters(mongo, "f1")
    seed_tallies(mongo, "flags")
    p99s: list[float] = []
    whole, bare = Costs(stack), Costs(stack)
    with (
        stack.service("moments", "api") as url,
        stack.service("moments", "worker"),
        hearing(stack) as hearer,
        stack.actor("bench.floors.f1") as f1,
        stack.actor("bench.load") as load,
    ):
        port = int(url.rsplit(":", 1)[1])

        def ask_to_the_effect(requests: int) -> float:
            load.tell("run", port=port, path="/counters/", token=token, requests=requests, connections=32)
            at: float = hearer.do("reached", messages=requests)["at"]
            load.answer()
            return at

        def subject(requests: int) -> float:
            empty(mongo, "flags", "outbox")
            hearer.do("reset")
            began = time.time()
            at = whole.of(requests, lambda: ask_to_the_effect(requests))
            took = [
                effect - datetime.fromisoformat(sent).timestamp()
                for _, effect, sent in hearer.do("effects")["effects"]
            ]
            p99s.append(1000 * percentile(took, 0.99))
            return at - began

        sides = interleave(
            "end_to_end",
            stack.rounds,
            lambda: f1_run(mongo, f1, requests, bare),
            lambda: subject(requests),
            lambda: subject(2 * requests),
        )
    measured.doublings["end_to_end"] = sides.doubling
    measured.tell(
        "end_to_end",
        sides.share,
        f"{spread(sides.shares)}; to the effect {rate(requests, sides.subject)}, "
        f"F1 {rate(requests, sides.floor)}",
    )
    measured.tell_costs("a request", whole=whole, F1=bare)
    # The first was the warming up.
    rounds = p99s[1:]
    measured.tell("end_to_end_p99_ms", percentile(rounds, 0.5), f"{spread(rounds, 0)} ms at that rate")
    return measured
