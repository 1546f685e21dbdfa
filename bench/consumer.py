"""`consumer` and `consumer_duplicates`: effects exactly once, against the same bulk writes without any promise."""

from bench.actors import Actor
from bench.costs import Costs
from bench.lines import Measured
from bench.rounds import interleave, rate, spread
from bench.seeds import COUNTERS, Mongo, clear, seed_tallies
from bench.stack import Stack

_MESSAGES = 20_000
_REPEATS = 0.1


def measure(stack: Stack) -> Measured:
    measured = Measured()
    mongo, messages = stack.mongo, stack.work(_MESSAGES)
    seed_tallies(mongo, "flags")
    seed_tallies(mongo, "floor")
    ours, theirs = Costs(stack), Costs(stack)
    with stack.actor("bench.subjects.handling") as handling, stack.actor("bench.floors.bulk_writes") as bulk:

        def floor() -> float:
            return floor_run(mongo, bulk, messages, theirs)

        def subject(messages: int, repeats: float = 0.0) -> float:
            clear(mongo, "flags")
            handling.do("fill", messages=messages, keys=COUNTERS, repeats=repeats)
            seconds: float = ours.of(messages, lambda: handling.do("run"))["seconds"]
            return seconds

        sides = interleave(
            "consumer", stack.rounds, floor, lambda: subject(messages), lambda: subject(2 * messages)
        )
        measured.doublings["consumer"] = sides.doubling
        measured.tell(
            "consumer",
            sides.share,
            f"{spread(sides.shares)}; exactly once {rate(messages, sides.subject)}, "
            f"bulk writes alone {rate(messages, sides.floor)}",
        )
        measured.tell_costs("a message", handled=ours, floor=theirs)
        repeated = interleave(
            "consumer_duplicates",
            stack.rounds,
            lambda: subject(messages),
            lambda: subject(messages, _REPEATS),
        )
    measured.tell(
        "consumer_duplicates",
        repeated.share,
        f"{spread(repeated.shares)}; effects with 10 % repeats on top {rate(messages, repeated.subject)}, "
        f"without {rate(messages, repeated.floor)}",
    )
    return measured


def floor_run(mongo: Mongo, bulk: Actor, messages: int, costs: Costs) -> float:
    """One run of the bulk writes alone: seconds."""
    clear(mongo, "floor")
    bulk.do("fill", messages=messages, keys=COUNTERS)
    seconds: float = costs.of(messages, lambda: bulk.do("run"))["seconds"]
    return seconds
