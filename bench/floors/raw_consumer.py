"""Floor of `faststream`: aiokafka's `getmany`, the same validation, an explicit commit of offsets for each batch."""

import time
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer

from bench.acting import Task, act
from bench.people import TENANT
from bench.subjects.tallies import SERVICE
from chassis.consumer import kafka_connection
from chassis.handling import Handling
from chassis.settings import Settings, read_settings
from chassis.work import Room

GROUP = "floor"
_RECORDS = 2000


async def open_tasks() -> Mapping[str, Task]:
    settings = read_settings(Settings)
    validation = Handling(_no_room(), SERVICE.reactions)

    async def hear(messages: int) -> dict[str, Any]:
        kafka = AIOKafkaConsumer(
            f"{TENANT}.moments.moment.v1",
            group_id=GROUP,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **kafka_connection(settings),
        )
        await kafka.start()
        began, count = 0.0, 0
        while count < messages:
            batch = await kafka.getmany(timeout_ms=1000, max_records=_RECORDS)
            if not batch:
                continue
            began = began or time.perf_counter()
            for records in batch.values():
                for record in records:
                    validation.read(record)
                count += len(records)
            await kafka.commit({partition: records[-1].offset + 1 for partition, records in batch.items()})
        seconds = time.perf_counter() - began
        await kafka.stop()
        return {"seconds": seconds}

    return {"hear": hear}


def _no_room() -> Room:
    """Reading a record asks nothing of a room."""
    return None  # type: ignore[return-value]


if __name__ == "__main__":
    act(open_tasks)
