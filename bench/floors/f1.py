"""F1, the floor of intake and of end to end: one transaction per command from a bare driver loop, 32 tasks.

Each transaction updates an aggregate and inserts an outbox document, majority and journal, with the product's driver.
"""

import asyncio
import itertools
import time
from collections.abc import Mapping
from typing import Any

from pymongo import WriteConcern

from bench.acting import Task, act
from bench.seeds import COUNTERS, counter_id
from chassis.clock import position
from chassis.mongo import connect, database
from chassis.outbox import outbox_id
from chassis.settings import Settings, read_settings

TASKS = 32
_DURABLE = WriteConcern("majority", j=True)


async def open_tasks() -> Mapping[str, Task]:
    client = connect(read_settings(Settings).mongo_uri)
    moments = database(client, "f1")
    counters, outbox = moments["counters"], moments["outbox"]

    async def run(commands: int) -> dict[str, Any]:
        orders = itertools.count()

        async def one_by_one(task: int) -> None:
            own = itertools.cycle(range(task, COUNTERS, TASKS))
            async with await client.start_session() as session:
                while next(orders) < commands:
                    moment = counter_id(next(own))
                    at = position()
                    async with session.start_transaction(write_concern=_DURABLE):
                        await counters.update_one(
                            {"_id": f"vgr|{moment}"},
                            {"$inc": {"count": 1, "version": 1}, "$set": {"position": at}},
                            session=session,
                        )
                        document = {
                            "_id": outbox_id(at, moment),
                            "topic": "vgr.moments.moment.v1",
                            "key": moment,
                            "type": "se.sob.ModuleStarted.v1",
                            "time": "2026-11-20T11:00:00+00:00",
                            "trace": None,
                            "value": b'{"moment_id":"moment-00000","module":"module-1",'
                            b'"at":"2026-11-20T11:00:00Z","by":"SE2321000131-P000000000001"}',
                        }
                        await outbox.insert_one(document, session=session)

        began = time.perf_counter()
        await asyncio.gather(*(one_by_one(task) for task in range(TASKS)))
        return {"seconds": time.perf_counter() - began}

    return {"run": run}


if __name__ == "__main__":
    act(open_tasks)
