"""The real handling in an actor: batches of 500 of four partitions side by side, from the bytes on the topic.

`fill` makes the records of a run, `run` handles them; a share of them may be repeats of what was handled before.
"""

import asyncio
import contextlib
import gc
import random
import time
from collections.abc import Mapping
from typing import Any

from aiokafka import ConsumerRecord

from bench.acting import Task, act
from bench.people import TENANT
from bench.seeds import counter_id, outbox_document
from bench.subjects.tallies import SERVICE
from chassis.clock import position
from chassis.consumer import BATCH
from chassis.handling import Handling
from chassis.outbox import sequence_of
from chassis.parking import record_of
from chassis.process import surroundings
from chassis.relay import partition_of
from chassis.settings import Settings, read_settings
from contracts import envelope

PARTITIONS = 4
Lanes = list[list[ConsumerRecord]]

# What it holds stays open until the process ends.
_open = contextlib.AsyncExitStack()


async def open_tasks() -> Mapping[str, Task]:
    here = await _open.enter_async_context(surroundings(SERVICE, read_settings(Settings)))
    handling = Handling(here.room, SERVICE.reactions, SERVICE.work)
    lanes: Lanes = []

    async def fill(messages: int, keys: int, repeats: float) -> None:
        """So many new messages, and that share of them once more: some time later, on the same partition."""
        lanes[:] = [[] for _ in range(PARTITIONS)]
        for number in range(messages):
            record = _record(counter_id(number % keys))
            lane = lanes[partition_of(record.key.decode(), PARTITIONS)]
            lane.append(record)
            if random.random() < repeats:
                lane.append(random.choice(lane))
        # A worker does not hold so many records: the collector must not go through them.
        gc.freeze()

    async def run() -> dict[str, Any]:
        began = time.perf_counter()
        await asyncio.gather(*(_handle(handling, lane) for lane in lanes))
        return {"seconds": time.perf_counter() - began}

    return {"fill": fill, "run": run}


async def _handle(handling: Handling, lane: list[ConsumerRecord]) -> None:
    for start in range(0, len(lane), BATCH):
        await handling.handle(lane[start : start + BATCH])


def _record(moment: str) -> ConsumerRecord:
    said = outbox_document(position(), moment)
    return record_of(
        {
            "topic": said["topic"],
            "partition": 0,
            "offset": 0,
            "key": moment.encode(),
            "value": said["value"],
            "headers": envelope.headers(
                id=said["_id"],
                source=envelope.source_of(TENANT, "moments"),
                type=said["type"],
                time=said["time"],
                subject=moment,
                tenant=TENANT,
                sequence=sequence_of(said["_id"]),
                traceparent=said["trace"],
            ),
        }
    )


if __name__ == "__main__":
    act(open_tasks)
