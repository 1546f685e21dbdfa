"""Reads by id that come while a query is under way go together into the next one; when none is, one goes at once.

A query is sent after every call it answers was made, so nobody is given what was true before they asked. An id stands
once in a query, so no two units of work ever share a document.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

from chassis.mongo import Database, Document

_MOST_IDS = 1_000
_IN_FLIGHT = 2

Flight = asyncio.Task[Mapping[str, Document]]


class Reads:
    """The reads by id of one collection in one process."""

    def __init__(self, database: Database, collection: str) -> None:
        self._collection = database[collection]
        self._waiting: deque[tuple[Sequence[str], asyncio.Future[Flight]]] = deque()
        self._flying: set[Flight] = set()

    async def by_ids(self, identities: Sequence[str]) -> list[Document]:
        """The documents there are among these ids, in no order."""
        boarding: asyncio.Future[Flight] = asyncio.get_running_loop().create_future()
        self._waiting.append((identities, boarding))
        self._launch()
        # Who stops waiting must not end the query of others.
        found = await asyncio.shield(await boarding)
        return [found[each] for each in identities if each in found]

    def _launch(self) -> None:
        while self._waiting and len(self._flying) < _IN_FLIGHT:
            asked, boarding = self._next_group()
            flight = asyncio.create_task(self._find(asked))
            self._flying.add(flight)
            flight.add_done_callback(self._landed)
            for each in boarding:
                if not each.done():
                    each.set_result(flight)

    def _landed(self, flight: Flight) -> None:
        self._flying.discard(flight)
        self._launch()

    def _next_group(self) -> tuple[set[str], list["asyncio.Future[Flight]"]]:
        asked: set[str] = set()
        boarding = []
        while self._waiting and len(asked) < _MOST_IDS and asked.isdisjoint(self._waiting[0][0]):
            identities, each = self._waiting.popleft()
            asked.update(identities)
            boarding.append(each)
        return asked, boarding

    async def _find(self, asked: set[str]) -> Mapping[str, Document]:
        # All in one answer: a second round trip would cost more than the documents.
        cursor = self._collection.find({"_id": {"$in": list(asked)}}, batch_size=len(asked) + 1)
        return {document["_id"]: document for document in await cursor.to_list(None)}
