"""`relay`: draining a full outbox to the broker, against finding and deleting as much without publishing it."""

from bench.lines import Measured
from bench.rounds import interleave, rate, spread
from bench.seeds import fill_outbox
from bench.stack import Stack

_MESSAGES = 40_000


def measure(stack: Stack) -> Measured:
    measured = Measured()
    mongo, messages = stack.mongo, stack.work(_MESSAGES)
    with stack.actor("bench.subjects.relaying") as relay, stack.actor("bench.floors.find_and_delete") as bare:

        def floor() -> float:
            fill_outbox(mongo, "floor", messages)
            seconds: float = bare.do("drain", messages=messages)["seconds"]
            return seconds

        def subject(messages: int) -> float:
            fill_outbox(mongo, "moments", messages)
            seconds: float = relay.do("drain", messages=messages)["seconds"]
            return seconds

        sides = interleave(
            "relay", stack.rounds, floor, lambda: subject(messages), lambda: subject(2 * messages)
        )
    measured.doublings["relay"] = sides.doubling
    measured.tell(
        "relay",
        sides.share,
        f"{spread(sides.shares)}; published {rate(messages, sides.subject)}, "
        f"found and deleted {rate(messages, sides.floor)}",
    )
    return measured
