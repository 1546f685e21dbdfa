"""Floor of `lists_*`: bare finds by an index made for them, of as many documents as the answer is made of.

No HTTP, no token, no role, nothing unsealed, sorted by words or searched, and nothing written down of who read what.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bench.acting import Task, act
from bench.people import TENANT
from bench.rounds import percentile
from chassis.mongo import connect, database
from chassis.settings import Settings, read_settings


async def open_tasks() -> Mapping[str, Task]:
    client = connect(read_settings(Settings).mongo_uri)
    pages, opened = database(client, "floor")["moments"], database(client, "moments")

    async def page(
        units: list[str], limit: int, requests: int, connections: int, alone: bool = False
    ) -> dict[str, Any]:
        """A page of whole moments, newest first, with their residents and how each stands."""

        async def find(unit: str) -> None:
            where = {"tenant": TENANT, "unit": unit, "is_ended": False}
            found = await pages.find(where).sort([("started_at", -1), ("_id", 1)]).limit(limit).to_list(None)
            assert len(found) == limit
            if not alone:
                ids = [row["_id"] for row in found]
                people = [f"{TENANT}|{row['resident']}" for row in found]
                for collection, wanted in (("standings", ids), ("residents", people)):
                    await opened[collection].find({"_id": {"$in": wanted}}).to_list(None)

        return await _ask(find, units, requests, connections)

    async def each(moments: list[dict[str, str]], requests: int, connections: int) -> dict[str, Any]:
        """Every document that opening a moment needs, by its id."""

        async def find(identities: Mapping[str, str]) -> None:
            for collection, identity in identities.items():
                assert await opened[collection].find({"_id": identity}).to_list(None)

        return await _ask(find, moments, requests, connections)

    return {"page": page, "each": each}


async def _ask(
    find: Callable[[Any], Awaitable[None]], asked: list[Any], requests: int, connections: int
) -> dict[str, Any]:
    turns = itertools.islice(itertools.cycle(asked), requests)
    latencies: list[float] = []

    async def one_by_one() -> None:
        for each in turns:
            began = time.perf_counter()
            await find(each)
            latencies.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one_by_one() for _ in range(connections)))
    return {"seconds": time.perf_counter() - began, "p50": percentile(latencies, 0.5)}


if __name__ == "__main__":
    act(open_tasks)
