"""`faststream`: the chassis's FastStream subscriber with validation and commits, against aiokafka's `getmany`."""

from contextlib import closing

from bench.actors import Actor
from bench.floors.raw_consumer import GROUP
from bench.lines import Measured
from bench.people import TENANT
from bench.rounds import interleave, rate, spread
from bench.seeds import fill_outbox
from bench.stack import Stack
from bench.subjects.tallies import SERVICE
from bench.topics import TopicReader

_MESSAGES = 60_000


def measure(stack: Stack) -> Measured:
    measured = Measured()
    messages = stack.work(_MESSAGES)
    with (
        closing(TopicReader(stack.kafka.bootstrap, f"{TENANT}.moments.moment.v1")) as topic,
        stack.actor("bench.subjects.relaying") as relay,
        stack.actor("bench.subjects.hearing", "edge") as edge,
        stack.actor("bench.floors.raw_consumer") as raw,
    ):
        starts = [topic.ends()]
        for _ in range(2):
            fill_outbox(stack.mongo, "moments", messages)
            relay.do("drain", messages=messages)
            starts.append(topic.ends())

        def hear(actor: Actor, group: str, start: dict[int, int], messages: int) -> float:
            topic.rewind(group, start)
            seconds: float = actor.do("hear", messages=messages)["seconds"]
            return seconds

        sides = interleave(
            "faststream",
            stack.rounds,
            lambda: hear(raw, GROUP, starts[1], messages),
            lambda: hear(edge, SERVICE.name, starts[1], messages),
            lambda: hear(edge, SERVICE.name, starts[0], 2 * messages),
        )
    measured.doublings["faststream"] = sides.doubling
    measured.tell(
        "faststream",
        sides.share,
        f"{spread(sides.shares)}; subscriber {rate(messages, sides.subject)}, "
        f"raw {rate(messages, sides.floor)}",
    )
    return measured
