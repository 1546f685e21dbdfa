"""Floor of `relay`: find sorted in 500s and delete them, nothing published, nothing checked."""

import time
from collections.abc import Mapping
from typing import Any

from bench.acting import Task, act
from chassis.mongo import connect, database
from chassis.settings import Settings, read_settings

_PAGE = 500


async def open_tasks() -> Mapping[str, Task]:
    outbox = database(connect(read_settings(Settings).mongo_uri), "floor")["outbox"]

    async def drain(messages: int) -> dict[str, Any]:
        began = time.perf_counter()
        found = 0
        while found < messages:
            page = await outbox.find().sort("_id", 1).limit(_PAGE).to_list(None)
            await outbox.delete_many({"_id": {"$in": [document["_id"] for document in page]}})
            found += len(page)
        return {"seconds": time.perf_counter() - began}

    return {"drain": drain}


if __name__ == "__main__":
    act(open_tasks)
