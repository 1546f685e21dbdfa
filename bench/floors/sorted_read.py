"""Floor of `digest`: read what is pending in order, group it, insert as many documents like ours. Nothing else.

No deletes, no transactions, no choices looked up, no ids computed, no index; the same driver and the same
durability (majority and journal).
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bench.acting import Task, act
from chassis.mongo import connect, database
from chassis.settings import Settings, read_settings

_PAGE = 4000


async def open_tasks() -> Mapping[str, Task]:
    own = database(connect(read_settings(Settings).mongo_uri), "floor")
    waiting, digests = own["pending"], own["digests"]

    async def run() -> dict[str, Any]:
        began = time.perf_counter()
        made: list[dict[str, Any]] = []
        documents = 0
        cursor = waiting.find(batch_size=_PAGE).sort("_id", 1)
        resident, now = "", datetime.now(UTC)
        items: list[dict[str, Any]] = []
        while page := await cursor.to_list(_PAGE):
            for found in page:
                tenant, window, this, _ = found["_id"].split("|")
                if this != resident:
                    resident, items = this, []
                    made.append(_digest(tenant, window, resident, items, now))
                items.append(found["item"])
            # The last one may get more of its items from the next page.
            if len(made) > 1:
                await digests.insert_many(made[:-1], ordered=False)
                documents += len(made) - 1
                made = made[-1:]
        await digests.insert_many(made)
        return {"seconds": time.perf_counter() - began, "digests": documents + len(made)}

    return {"run": run}


def _digest(
    tenant: str, window: str, resident: str, items: list[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    return {
        "_id": f"{tenant}|{resident}|sms0",
        "tenant": tenant,
        "rev": 1,
        "kind": "digest",
        "resident": resident,
        "channel": "sms",
        "window": window,
        "category": "digest",
        "items": items,
        "days": ["2026-11-20"],
        "to": bytes(41),
        "state": "due",
        "reason": "none",
        "attempts": 0,
        "next_at": now,
        "made_at": now,
    }


if __name__ == "__main__":
    act(open_tasks)
