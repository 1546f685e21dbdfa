"""`drain`: a backlog in the outbox until its last effect in another service, against that service's bulk writes."""

import time

from bench.consumer import floor_run
from bench.costs import Costs
from bench.lines import Measured
from bench.rounds import interleave, rate, spread
from bench.seeds import COUNTERS, clear, empty, fill_outbox, seed_tallies
from bench.stack import Stack, hearing

_MESSAGES = 20_000


def measure(stack: Stack) -> Measured:
    measured = Measured()
    mongo, messages = stack.mongo, stack.work(_MESSAGES)
    seed_tallies(mongo, "flags")
    seed_tallies(mongo, "floor")
    empty(mongo, "moments", "outbox")
    ours, theirs = Costs(stack), Costs(stack)
    with (
        stack.actor("bench.floors.bulk_writes") as bulk,
        stack.actor("bench.subjects.relaying") as relay,
        hearing(stack) as hearer,
    ):

        def subject(messages: int) -> float:
            clear(mongo, "flags")
            fill_outbox(mongo, "moments", messages, keys=COUNTERS)
            hearer.do("reset")
            began = time.time()
            return ours.of(messages, lambda: drained(messages)) - began

        def drained(messages: int) -> float:
            relay.tell("drain", messages=messages)
            at: float = hearer.do("reached", messages=messages)["at"]
            relay.answer()
            return at

        sides = interleave(
            "drain",
            stack.rounds,
            lambda: floor_run(mongo, bulk, messages, theirs),
            lambda: subject(messages),
            lambda: subject(2 * messages),
        )
    measured.doublings["drain"] = sides.doubling
    measured.tell(
        "drain",
        sides.share,
        f"{spread(sides.shares)}; relay to effect {rate(messages, sides.subject)}, "
        f"bulk writes alone {rate(messages, sides.floor)}",
    )
    measured.tell_costs("a message", drained=ours, floor=theirs)
    return measured
