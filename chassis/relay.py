"""The relay: publishes the outbox to Kafka in order per key and deletes what the broker has acknowledged.

Reads are snapshot reads in the order of ids: an aggregate's earlier message is committed before its later one is
begun, so a snapshot that shows the later shows the earlier. What is read ahead while a page is in flight is checked
against the same snapshot for late arrivals before it is sent. One relay per service is active, by lease; a second one
for a moment, or a kill between acknowledgement and delete, only repeats messages, which every inbox drops. A topic
that is missing, refused or silent is held back alone, and what is too large for any topic is dead: neither stops the
rest.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from pymongo import DeleteOne
from pymongo.read_concern import ReadConcern

from chassis import parking
from chassis.changes import Changes
from chassis.errors import DuplicateKeyError
from chassis.leases import Lease, Tenure
from chassis.loops import active
from chassis.mongo import Client, Database, Document, in_transaction
from chassis.outbox import LARGEST_VALUE
from chassis.producer import Producer, make_producer
from chassis.shipping import Shipment, Shipping, partition_of
from chassis.waking import Waking

__all__ = ["PAGE", "Producer", "Relay", "make_producer", "partition_of"]

PAGE = 500
# From so many at once on it looks at intervals instead of being woken.
_BUSY = 8
_BUSY_GAP_SECONDS = 0.025

log = structlog.get_logger("chassis.relay")


class Relay:
    """Publishes one service's outbox for as long as it runs and holds the lease."""

    def __init__(
        self,
        service: str,
        client: Client,
        database: Database,
        producer: Producer,
    ) -> None:
        self._client = client
        self._database = database
        self._outbox = database.get_collection("outbox", read_concern=ReadConcern("majority"))
        self._shipping = Shipping(service, producer)
        self._latest: frozenset[str] = frozenset()
        self.published = 0
        self.active = False
        self.tenure: Tenure | None = None
        self.progress_at = time.monotonic()

    async def run(self, lease: Lease) -> None:
        """Publish while the lease is held; ends when it is lost, raises UnavailableError when the broker is away."""
        async with active(self, lease) as holding:
            waking = Waking(self._outbox)
            try:
                while holding():
                    drained = await self.drain(holding)
                    self.progress_at = time.monotonic()
                    if drained >= _BUSY:
                        # Larger pages cost everybody behind them less, and nobody notices the gap.
                        waking.forget()
                        await asyncio.sleep(_BUSY_GAP_SECONDS)
                    else:
                        await waking.sleep(self._latest)
            finally:
                await waking.close()

    async def drain(self, holding: Callable[[], bool] = lambda: True) -> int:
        """Publish everything there is now; returns how many. The next page is read while one is being acknowledged."""
        self._shipping.let_go()
        self._latest = frozenset()
        count = 0
        page = await self._read(after=None)
        deleting = ahead = _nothing()
        try:
            while page and holding():
                shipments = await self._send(page)
                await deleting
                # A page that is not full was all there was.
                ahead = asyncio.ensure_future(self._read(after=page)) if len(page) == PAGE else _nothing()
                acknowledged = await self._shipping.acknowledged(shipments)
                # What is read ahead must still see the page in flight.
                following = await ahead
                deleting = asyncio.ensure_future(self._delete(acknowledged))
                count += len(acknowledged)
                self.progress_at = time.monotonic()
                if len(acknowledged) == len(page):
                    self._latest = frozenset(document["_id"] for document in page)
                    page = following
                else:
                    # A topic was held back or a message taken out: what remains is looked at anew.
                    await deleting
                    page = await self._read(after=None)
            await deleting
        finally:
            for task in (deleting, ahead):
                task.cancel()
            await asyncio.gather(deleting, ahead, return_exceptions=True)
        self.published += count
        return count

    async def _read(self, after: Sequence[Document] | None) -> list[Document]:
        """The next page in one snapshot; empty if an earlier message has turned up behind the page in flight."""
        held = self._shipping.held
        flowing: Document = {"topic": {"$nin": list(held)}} if held else {}
        async with await self._client.start_session(snapshot=True) as session:
            if after is None:
                first = self._outbox.find(flowing, session=session)
                return await first.sort("_id", 1).limit(PAGE).to_list(None)
            last = after[-1]["_id"]
            # Every page before it is deleted by now, so anything more than the page itself came late.
            behind = await self._outbox.count_documents({"_id": {"$lte": last}, **flowing}, session=session)
            if behind != len(after):
                return []
            more = self._outbox.find({"_id": {"$gt": last}, **flowing}, session=session)
            return await more.sort("_id", 1).limit(PAGE).to_list(None)

    async def _send(self, page: Sequence[Document]) -> list[Shipment]:
        fitting = [document for document in page if len(document["value"]) <= LARGEST_VALUE]
        for document in page if len(fitting) < len(page) else ():
            if len(document["value"]) > LARGEST_VALUE:
                await self._bury(document)
        return await self._shipping.send(fitting)

    async def _delete(self, page: Sequence[Document]) -> None:
        if page:
            await self._outbox.delete_many({"_id": {"$in": [document["_id"] for document in page]}})

    async def _bury(self, document: Document) -> None:
        """Take what can never be published out of the way, to where dead messages are seen and replayed."""
        changes = Changes()
        changes.insert(parking.COLLECTION, parking.unsaid(document, "too-large"))
        changes.write("outbox", DeleteOne({"_id": document["_id"]}))
        with contextlib.suppress(DuplicateKeyError):
            await in_transaction(self._client, lambda session: changes.apply(self._database, session))
        log.error("message-dead", type=document["type"], id=document["_id"], error="too-large")


def _nothing() -> "asyncio.Future[Any]":
    done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    done.set_result([])
    return done
