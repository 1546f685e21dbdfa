"""Retrying: tries parked messages again, head of the lane first, and gives up on them after the last attempt.

The parked document is deleted in the transaction that holds the message's effects, so a retry, too, counts once.
One process per service retries, by lease.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from pymongo import DeleteOne

from chassis import inbox, parking
from chassis.changes import Changes
from chassis.clock import SystemClock
from chassis.errors import DuplicateKeyError
from chassis.failures import code_of_failure
from chassis.handling import Handling
from chassis.leases import Lease, Tenure
from chassis.loops import active
from chassis.mongo import Database, Document, is_infrastructure
from chassis.opening import BrokenMessageError
from chassis.parking import DELAYS, Fate, fate_after

_LOOK_EVERY_SECONDS = 0.1
_LOOK_AT_ALL_EVERY_SECONDS = 5.0
_MOST_OF_A_LANE = 100
_real = SystemClock()

log = structlog.get_logger("chassis.retrying")


class Retrying:
    """Works off what is parked for as long as it runs and holds the lease."""

    def __init__(self, database: Database, handling: Handling) -> None:
        self._parked = database[parking.COLLECTION]
        self._database = database
        self._handling = handling
        self.active = False
        self.tenure: Tenure | None = None
        self.progress_at = time.monotonic()

    async def run(self, lease: Lease) -> None:
        """Retry while the lease is held."""
        async with active(self, lease) as holding:
            looked_at = 0.0
            while holding():
                # A message can line up at the very moment when the head of its lane leaves.
                thorough = time.monotonic() - looked_at > _LOOK_AT_ALL_EVERY_SECONDS
                tried = await self.retry_due(holding, thorough=thorough)
                self.progress_at = time.monotonic()
                looked_at = self.progress_at if thorough else looked_at
                if not tried:
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def retry_due(self, holding: Callable[[], bool] = lambda: True, *, thorough: bool = True) -> int:
        """Try each lane whose head is due until one of it fails; returns how many messages were tried."""
        if thorough:
            await parking.pull_back(self._database)
        lanes = await parking.due_lanes(self._database)
        if thorough:
            lanes += await parking.lanes_without_time(self._database)
        return sum([await self._work_off(lane, holding) for lane in dict.fromkeys(lanes) if holding()])

    async def _work_off(self, lane: str, holding: Callable[[], bool]) -> int:
        tried = 0
        head = await parking.head_of(self._database, lane)
        # A long lane keeps no other waiting: its turn comes again.
        while head is not None and parking.is_due(head) and tried < _MOST_OF_A_LANE and holding():
            await self._retry(head)
            self.progress_at = time.monotonic()
            tried += 1
            head = await parking.head_of(self._database, lane)
        if head is not None:
            await parking.line_up(self._database, head)
        return tried

    async def _retry(self, document: Document) -> None:
        try:
            message = self._handling.read(parking.record_of(document))
            if message is None:
                # Nobody reacts to its type any more.
                await self._parked.delete_one(_as_read(document))
                return
            await self._handling.commit([message], also=_leaves(document, message.envelope.identity))
            self._handling.tally.handled += 1
            log.info("parked-message-handled", type=document["type"], attempts=document["attempts"] + 1)
        except BrokenMessageError as error:
            await self._failed(document, error.code, Fate.DEAD)
        except DuplicateKeyError as error:
            if error.collection == inbox.COLLECTION:
                # It could not be read when it was put aside, and has come and been handled since.
                await self._parked.delete_one(_as_read(document))
                return
            await self._failed(document, code_of_failure(error), fate_after(document["attempts"] + 1))
        except Exception as error:  # the second door of the same loop: a failing reaction becomes an outcome
            if is_infrastructure(error):
                raise
            await self._failed(document, code_of_failure(error), fate_after(document["attempts"] + 1))

    async def _failed(self, document: Document, error: str, fate: Fate) -> None:
        attempts = document["attempts"] + 1
        due_at = None if fate is Fate.DEAD else _real.now() + DELAYS[attempts - 1]
        update: dict[str, Any] = {"state": fate.value, "attempts": attempts, "error": error, "due_at": due_at}
        # Matches nothing if somebody else tried it meanwhile.
        changed = await self._parked.update_one(_as_read(document), {"$set": update})
        if fate is Fate.DEAD and changed.modified_count:
            self._handling.tally.dead += 1
            log.error(
                "message-dead", type=document["type"], id=document["identity"], error=error, attempts=attempts
            )


def _as_read(document: Document) -> Document:
    return {"_id": document["_id"], "attempts": document["attempts"], "state": document["state"]}


def _leaves(document: Document, identity: str) -> Changes:
    """What takes the message out of its lane, in the transaction of its effects."""
    changes = Changes()
    changes.exactly_one(parking.COLLECTION, DeleteOne(_as_read(document)))
    if document["identity"] != identity:
        # It was unreadable when it was put aside, so its own id has not been claimed.
        changes.inserts[inbox.COLLECTION] = inbox.claims([identity])
    return changes
