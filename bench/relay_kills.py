"""`relay_kills`: the relay dies by SIGKILL again and again while two processes write; everything arrives, in order.

Judged from outside: the numbers the aggregates reached in the database against the messages on the topic.
"""

import json
import random
import time
from collections import defaultdict
from contextlib import closing
from itertools import pairwise
from typing import Any

from bench.actors import BenchError, Program
from bench.lines import Measured
from bench.people import TENANT
from bench.rounds import progress
from bench.seeds import Mongo, seed_counters
from bench.stack import Stack
from bench.topics import TopicReader

_KILLS = 60
_TOPIC = f"{TENANT}.moments.moment.v1"


def measure(stack: Stack) -> Measured:
    measured = Measured()
    mongo = stack.mongo
    seed_counters(mongo, "moments")
    kills = max(5, stack.work(_KILLS))
    relay = Program("bench.subjects.relaying", "--run", env=stack.env, log=stack.log("relay"))
    with closing(TopicReader(stack.kafka.bootstrap, _TOPIC)) as topic:
        starts = topic.ends()
        with (
            stack.actor("bench.subjects.writing") as one,
            stack.actor("bench.subjects.writing") as other,
            relay,
        ):
            one.do("begin")
            other.do("begin")
            for number in range(kills):
                _await_more(topic, relay)
                time.sleep(random.uniform(0.0, 0.3))
                relay.kill()
                relay.start()
                if (number + 1) % 10 == 0:
                    progress(f"relay_kills: {number + 1} of {kills}")
            one.do("end")
            other.do("end")
            _await_empty(mongo, relay)
        figures = {"kills": kills, **_judged(mongo, topic, starts)}
    messages = figures.pop("messages")
    measured.tell(
        "relay_kills",
        figures,
        f"{kills} kills, {messages:,} messages: {figures['lost']} lost, {figures['reordered']} reordered, "
        f"{figures['duplicates']} duplicates ({figures['duplicates'] / kills:.0f} a kill, at most 500)",
    )
    return measured


def _await_more(topic: TopicReader, relay: Program) -> None:
    """Return when the relay that was just started has published something."""
    before, deadline = topic.count(), time.monotonic() + 60
    while topic.count() == before:
        if time.monotonic() > deadline:
            raise BenchError(f"the relay publishes nothing: {relay.last_lines()}")
        time.sleep(0.01)


def _await_empty(mongo: Mongo, relay: Program) -> None:
    deadline = time.monotonic() + 120
    while mongo["moments"]["outbox"].find_one() is not None:
        if time.monotonic() > deadline:
            raise BenchError(f"the outbox is not drained: {relay.last_lines()}")
        time.sleep(0.05)


def _judged(mongo: Mongo, topic: TopicReader, starts: dict[int, int]) -> dict[str, Any]:
    """Counts per key: numbers that never came, numbers first seen after a later one, and repeats."""
    seen: dict[str, dict[int, None]] = defaultdict(dict)
    duplicates = 0
    for message in topic.since(starts):
        number = int(json.loads(message.value() or b"")["module"].removeprefix("module-"))
        numbers = seen[(message.key() or b"").decode()]
        duplicates += number in numbers
        numbers.setdefault(number)
    lost = reordered = messages = 0
    for counter in mongo["moments"]["counters"].find({"count": {"$gt": 0}}):
        numbers = seen[counter["_id"].partition("|")[2]]
        messages += counter["count"]
        lost += len(set(range(1, counter["count"] + 1)) - set(numbers))
        order = list(numbers)
        reordered += sum(later < earlier for earlier, later in pairwise(order))
    return {"lost": lost, "reordered": reordered, "duplicates": duplicates, "messages": messages}
