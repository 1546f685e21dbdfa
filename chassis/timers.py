"""Timers: documents with a due time in the service's civil time, fired once across workers, crashes and clock changes.

A timer's effects and its deletion are one transaction, so two workers that fire the same one collide and one of them
wins. A clock that jumps forward fires everything that has become due, oldest first; a timer that fails is tried again
with growing delay and keeps nobody else waiting.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog
from pymongo import DeleteOne, UpdateOne

from chassis.changes import Changes
from chassis.clock import SystemClock
from chassis.failures import code_of_failure
from chassis.handling import WorkOf
from chassis.keyring import SubjectPurgedError
from chassis.leases import Lease, Tenure
from chassis.loops import active
from chassis.mongo import Document, in_transaction, is_infrastructure
from chassis.work import Room, Work

COLLECTION = "timers"
_BATCH = 100
_LOOK_EVERY_SECONDS = 0.2
_RETRY_AT_MOST_SECONDS = 300
_real = SystemClock()

log = structlog.get_logger("chassis.timers")


@dataclass(frozen=True, slots=True)
class Timer:
    """What is due: `kind` names the reaction, `key` is unique within tenant and kind, `data` holds ids and codes."""

    tenant: str
    kind: str
    key: str
    due_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


OnTime = Callable[[Timer, Any], Awaitable[None]]


def set_timer(work: Work, kind: str, key: str, due_at: datetime, **data: str | int | None) -> None:
    """Let `kind` fire for `key` at `due_at`; setting it again moves it. Committed with the unit of work."""
    document: Document = {
        "tenant": work.tenant,
        "kind": kind,
        "key": key,
        "due_at": due_at,
        "data": data,
        "attempts": 0,
        "retry_at": None,
    }
    identity = work.id_of(f"{kind}|{key}")
    work.changes.write(COLLECTION, UpdateOne({"_id": identity}, {"$set": document}, upsert=True))


def cancel_timer(work: Work, kind: str, key: str) -> None:
    """Take a timer back; nothing happens if it has fired."""
    work.changes.write(COLLECTION, DeleteOne({"_id": work.id_of(f"{kind}|{key}")}))


class Timers:
    """Fires one service's timers for as long as it runs and holds the lease."""

    def __init__(self, room: Room, on_time: Mapping[str, OnTime], work_of: WorkOf = Work) -> None:
        self._room = room
        self._on_time = on_time
        self._work_of = work_of
        self._timers = room.database[COLLECTION]
        self._most = _BATCH
        self.active = False
        self.tenure: Tenure | None = None
        self.progress_at = time.monotonic()

    async def run(self, lease: Lease) -> None:
        """Fire while the lease is held."""
        async with active(self, lease) as holding:
            while holding():
                fired = await self.fire_due()
                self.progress_at = time.monotonic()
                if not fired:
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def fire_due(self) -> int:
        """Fire what is due now, at most 100, oldest first; returns how many were taken up."""
        now = _real.now()
        # Only a clock that had jumped ahead puts a timer off for longer.
        beyond = now + timedelta(seconds=_RETRY_AT_MOST_SECONDS)
        where = {
            "due_at": {"$lte": self._room.clock.now()},
            "$or": [{"retry_at": None}, {"retry_at": {"$lte": now}}, {"retry_at": {"$gt": beyond}}],
            "kind": {"$in": list(self._on_time)},
        }
        due = await self._timers.find(where).sort("due_at", 1).limit(self._most).to_list(None)
        # What the database cannot commit in time is tried again alone, and then by ever more.
        following, self._most = min(2 * self._most, _BATCH), 1
        for _, group in groupby(due, key=lambda document: (document["tenant"], document["kind"])):
            await self._fire(list(group))
        self._most = following
        return len(due)

    async def _fire(self, documents: Sequence[Document]) -> None:
        try:
            changes = await self._changes_of(documents)
            await in_transaction(
                self._room.client, lambda session: changes.apply(self._room.database, session)
            )
        except Exception as error:  # a failing timer becomes a later try
            if is_infrastructure(error):
                raise
            if len(documents) > 1:
                for document in documents:
                    await self._fire([document])
            elif isinstance(error, SubjectPurgedError):
                # There is nobody left whom it could be about.
                await self._timers.delete_one(_as_read(documents[0]))
            else:
                await self._postpone(documents[0], code_of_failure(error))
        self.progress_at = time.monotonic()

    async def _changes_of(self, documents: Sequence[Document]) -> Changes:
        work = self._work_of(self._room, documents[0]["tenant"])
        for document in documents:
            work.changes.exactly_one(COLLECTION, DeleteOne(_as_read(document)))
            timer = Timer(
                document["tenant"], document["kind"], document["key"], document["due_at"], document["data"]
            )
            await self._on_time[timer.kind](timer, work)
        return await work.finish()

    async def _postpone(self, document: Document, error: str) -> None:
        attempts = document["attempts"] + 1
        delay = timedelta(seconds=min(2.0**attempts, _RETRY_AT_MOST_SECONDS))
        update = {"attempts": attempts, "retry_at": _real.now() + delay}
        # Matches nothing if it was fired by somebody else or moved: then that is what counts.
        changed = await self._timers.update_one(_as_read(document), {"$set": update})
        if not changed.modified_count:
            return
        log.warning(
            "timer-failed", kind=document["kind"], tenant=document["tenant"], error=error, attempts=attempts
        )


def _as_read(document: Document) -> Document:
    return {"_id": document["_id"], "due_at": document["due_at"]}
