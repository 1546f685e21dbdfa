"""Floor of `consumer` and `drain`: the same effects and outbox documents in the same bulks, no inbox, no transaction.

Nothing is parsed here either: the documents are made before the time is taken. Four lanes side by side.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from pymongo import InsertOne, UpdateOne

from bench.acting import Task, act
from bench.people import TENANT, UNIT
from bench.seeds import counter_id
from chassis.clock import SystemClock, position
from chassis.mongo import connect, database
from chassis.outbox import Speaker
from chassis.relay import partition_of
from chassis.settings import Settings, read_settings
from contracts.flags import FlagRaised

_BATCH = 500
_LANES = 4


async def open_tasks() -> Mapping[str, Task]:
    flags = database(connect(read_settings(Settings).mongo_uri), "floor")
    lanes: list[list[tuple[UpdateOne, InsertOne[dict[str, Any]]]]] = []

    async def fill(messages: int, keys: int) -> None:
        lanes[:] = [[] for _ in range(_LANES)]
        for number in range(messages):
            moment = counter_id(number % keys)
            lanes[partition_of(moment, _LANES)].append(_writes(moment))

    async def run() -> dict[str, Any]:
        began = time.perf_counter()
        await asyncio.gather(*(write(lane) for lane in lanes))
        return {"seconds": time.perf_counter() - began}

    async def write(lane: list[tuple[UpdateOne, InsertOne[dict[str, Any]]]]) -> None:
        for start in range(0, len(lane), _BATCH):
            batch = lane[start : start + _BATCH]
            await flags["tallies"].bulk_write([update for update, _ in batch], ordered=True)
            await flags["outbox"].bulk_write([insert for _, insert in batch], ordered=False)

    return {"fill": fill, "run": run}


_speaker = Speaker("flags")


def _writes(moment: str) -> tuple[UpdateOne, InsertOne[dict[str, Any]]]:
    now = SystemClock().now()
    raised = FlagRaised(
        flag_id=f"flag-{moment}",
        moment_id=moment,
        unit_id=UNIT,
        flag_type="new_message",
        audience="practitioner",
        count=1,
        raised_at=now,
    )
    said = _speaker.document(
        raised, tenant=TENANT, aggregate=moment, at_position=position(), time=now, trace=None
    )
    return UpdateOne({"_id": f"{TENANT}|{moment}"}, {"$inc": {"count": 1}}), InsertOne(said)


if __name__ == "__main__":
    act(open_tasks)
