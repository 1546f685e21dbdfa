"""Retrying: tries parked messages again, head of the lane first, and gives up on them after the last attempt.

The parked document is deleted in the transaction that holds the message's effects, so a retry, too, counts once.
One process per service retries, by lease.
"""

import asyncio
import time
from typing import Any

import structlog
from pymongo import DeleteOne
from pymongo.errors import PyMongoError

from chassis import parking
from chassis.changes import Changes, SavedFirstError
from chassis.clock import SystemClock
from chassis.handling import BrokenMessageError, Handling, code_of_failure
from chassis.leases import Lease, Tenure
from chassis.loops import active
from chassis.mongo import Database, Document, UnavailableError
from chassis.parking import DELAYS, Fate, fate_after

_LOOK_EVERY_SECONDS = 0.1
_LOOK_AT_ALL_EVERY_SECONDS = 5.0
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
                # Whoever became the head of its lane when the last head left has no time of its own.
                thorough = time.monotonic() - looked_at > _LOOK_AT_ALL_EVERY_SECONDS
                tried = await self.retry_due() if thorough or await parking.any_due(self._database) else 0
                self.progress_at = time.monotonic()
                looked_at = 0.0 if tried else self.progress_at if thorough else looked_at
                if not tried:
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def retry_due(self) -> int:
        """Try each lane's head that is due once; returns how many were tried."""
        heads = await parking.due_heads(self._database)
        for document in heads:
            await self._retry(document)
        return len(heads)

    async def _retry(self, document: Document) -> None:
        done = Changes()
        done.exactly_one(
            parking.COLLECTION, DeleteOne({"_id": document["_id"], "attempts": document["attempts"]})
        )
        try:
            message = self._handling.read(parking.record_of(document))
            if message is None:
                await self._parked.delete_one({"_id": document["_id"]})
                return
            await self._handling.commit([message], also=done)
            self._handling.tally.handled += 1
            log.info("parked-message-handled", type=document["type"], attempts=document["attempts"] + 1)
        except (PyMongoError, UnavailableError):
            raise
        except SavedFirstError:
            return
        except BrokenMessageError as error:
            await self._failed(document, error.code, Fate.DEAD)
        except Exception as error:  # the second door of the same loop: a failing reaction becomes an outcome
            await self._failed(document, code_of_failure(error), fate_after(document["attempts"] + 1))

    async def _failed(self, document: Document, error: str, fate: Fate) -> None:
        attempts = document["attempts"] + 1
        due_at = _real.now() + DELAYS[min(attempts, len(DELAYS)) - 1]
        update: dict[str, Any] = {"state": fate.value, "attempts": attempts, "error": error, "due_at": due_at}
        await self._parked.update_one({"_id": document["_id"]}, {"$set": update})
        if fate is Fate.DEAD:
            self._handling.tally.dead += 1
            log.error(
                "message-dead", type=document["type"], id=document["identity"], error=error, attempts=attempts
            )
