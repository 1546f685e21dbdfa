"""Floor of `consumer` and `drain`: the same effects and messages in the same bulk writes, without inbox or transaction.

A plain consumer: it reads each value once, as it must, and promises nothing. Four lanes side by side, as the subject.
"""

import asyncio
import gc
import time
from collections.abc import Mapping
from typing import Any

from pymongo import InsertOne, UpdateOne

from bench.acting import Task, act
from bench.people import TENANT, UNIT
from bench.seeds import counter_id, outbox_document
from chassis.clock import SystemClock, position
from chassis.mongo import connect, database
from chassis.outbox import Speaker
from chassis.relay import partition_of
from chassis.settings import Settings, read_settings
from contracts.flags import FlagRaised
from contracts.moments import ModuleStarted

_BATCH = 500
_LANES = 4

_speaker = Speaker("flags")
_clock = SystemClock()


async def open_tasks() -> Mapping[str, Task]:
    flags = database(connect(read_settings(Settings).mongo_uri), "floor")
    lanes: list[list[bytes]] = []

    async def fill(messages: int, keys: int) -> None:
        lanes[:] = [[] for _ in range(_LANES)]
        for number in range(messages):
            moment = counter_id(number % keys)
            lanes[partition_of(moment, _LANES)].append(outbox_document(position(), moment)["value"])
        gc.freeze()

    async def run() -> dict[str, Any]:
        began = time.perf_counter()
        await asyncio.gather(*(write(lane) for lane in lanes))
        return {"seconds": time.perf_counter() - began}

    async def write(lane: list[bytes]) -> None:
        for start in range(0, len(lane), _BATCH):
            batch = [ModuleStarted.model_validate_json(value) for value in lane[start : start + _BATCH]]
            await flags["tallies"].bulk_write([_effect(heard) for heard in batch], ordered=True)
            await flags["outbox"].bulk_write([_said(heard) for heard in batch], ordered=False)

    return {"fill": fill, "run": run}


def _effect(heard: ModuleStarted) -> UpdateOne:
    return UpdateOne({"_id": f"{TENANT}|{heard.moment_id}"}, {"$inc": {"count": 1}})


def _said(heard: ModuleStarted) -> InsertOne[dict[str, Any]]:
    raised = FlagRaised(
        flag_id=f"flag-{heard.moment_id}",
        moment_id=heard.moment_id,
        unit_id=UNIT,
        flag_type="new_message",
        audience="practitioner",
        count=1,
        raised_at=heard.at,
    )
    return InsertOne(
        _speaker.document(
            raised,
            tenant=TENANT,
            aggregate=heard.moment_id,
            at_position=position(),
            time=_clock.now(),
            trace=None,
        )
    )


if __name__ == "__main__":
    act(open_tasks)
