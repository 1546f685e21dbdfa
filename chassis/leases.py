"""At most one holder at a time: a lease is a document that expires by the database's time, not a process's.

Every tenure has a higher `fence` than the one before, so that a write which carries its fence can be refused
when a later holder has begun. A holder counts its own seconds from before it asked (a stopwatch, not a
clock), so it knows that it has lost the lease no later than the database would give it to another.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import structlog
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from chassis.mongo import Database

_log = structlog.get_logger("chassis.leases")


class LeaseLostError(Exception):
    """The lease expired or was taken by another holder: stop what it guards and acquire it anew."""

    def __init__(self, name: str, fence: int) -> None:
        super().__init__(f"The lease {name} with fence {fence} is lost: another may hold it now.")
        self.name = name
        self.fence = fence


class Tenure:
    """One time of holding a lease, from acquiring to losing or releasing it."""

    def __init__(self, fence: int, token: str, until: float) -> None:
        self.fence = fence
        self.token = token
        self.lost = asyncio.Event()
        self._until = until

    def __call__(self) -> bool:
        """`while holding():` is the loop of whoever works under a lease."""
        return self.is_held

    @property
    def is_held(self) -> bool:
        """False as soon as the lease is lost or its seconds are over. Asks nobody."""
        return not self.lost.is_set() and time.monotonic() < self._until

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def prolong(self, until: float) -> None:
        self._until = until


class Lease:
    """The lease `name` for one holder (a name no other process has); free `seconds` after a renewal."""

    def __init__(self, database: Database, name: str, holder: str, seconds: float) -> None:
        self._leases = database.get_collection("leases")
        self.name = name
        self.holder = holder
        self.seconds = seconds

    async def acquire(self) -> Tenure | None:
        """Take the lease if free, expired or held by this holder's past; None if another holds it."""
        token = secrets.token_hex(8)
        free = {
            "$or": [
                {"$lte": [{"$ifNull": ["$until", None]}, "$$NOW"]},
                {"$eq": ["$holder", {"$literal": self.holder}]},
            ]
        }
        taken = {
            "token": {"$literal": token},
            "holder": {"$literal": self.holder},
            "until": self._from_now(),
            "fence": {"$add": [{"$ifNull": ["$fence", 0]}, 1]},
        }
        pipeline = [{"$set": {key: {"$cond": [free, value, f"${key}"]} for key, value in taken.items()}}]
        asked_at = time.monotonic()
        document = await self._upsert(pipeline)
        if document["token"] != token:
            return None
        return Tenure(document["fence"], token, asked_at + self.seconds)

    async def renew(self, tenure: Tenure) -> None:
        """Hold the lease for its full seconds from now, or raise LeaseLostError."""
        asked_at = time.monotonic()
        renewed = await self._leases.update_one(
            {"_id": self.name, "token": tenure.token, "$expr": {"$gt": ["$until", "$$NOW"]}},
            [{"$set": {"until": self._from_now()}}],
        )
        if renewed.matched_count == 0:
            tenure.lost.set()
            raise LeaseLostError(self.name, tenure.fence)
        tenure.prolong(asked_at + self.seconds)

    async def release(self, tenure: Tenure) -> None:
        """Free the lease at once, if this tenure still holds it."""
        tenure.lost.set()
        await self._leases.update_one(
            {"_id": self.name, "token": tenure.token}, [{"$set": {"until": "$$NOW", "holder": None}}]
        )

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[Tenure]:
        """Wait for the lease, renew it in the background, release it at the end.

        The body watches `tenure.lost` or `tenure.is_held`; losing the lease does not interrupt it.
        """
        tenure = await self._wait()
        keeper = asyncio.create_task(self._keep(tenure), name=f"lease {self.name}")
        try:
            yield tenure
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            with contextlib.suppress(PyMongoError, TimeoutError):
                async with asyncio.timeout(self.seconds):
                    await self.release(tenure)

    async def run(self, work: Callable[[Tenure], Awaitable[None]]) -> None:
        """Do `work` while holding the lease; when it is lost, cancel and begin again. Ends with the work."""
        while True:
            async with self.held() as tenure:
                working = asyncio.ensure_future(work(tenure))
                losing = asyncio.create_task(tenure.lost.wait())
                try:
                    await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
                    if working.done():
                        return working.result()
                finally:
                    losing.cancel()
                    working.cancel()
                    await asyncio.gather(working, losing, return_exceptions=True)

    async def _wait(self) -> Tenure:
        unreachable = False
        while True:
            try:
                tenure = await self.acquire()
                if tenure is not None:
                    _log.info("lease_acquired", lease=self.name, holder=self.holder, fence=tenure.fence)
                    return tenure
                unreachable = False
            except PyMongoError as error:
                if not unreachable:
                    _log.warning("lease_unreachable", lease=self.name, error=type(error).__name__)
                unreachable = True
            await asyncio.sleep(self.seconds / 5)

    async def _keep(self, tenure: Tenure) -> None:
        """Renew at every third of the seconds; what fails is tried again until they are over."""
        while not tenure.lost.is_set():
            await asyncio.sleep(min(self.seconds / 3, tenure.seconds_left))
            try:
                async with asyncio.timeout(tenure.seconds_left):
                    await self.renew(tenure)
            except (LeaseLostError, TimeoutError):
                tenure.lost.set()
            except PyMongoError:
                await asyncio.sleep(min(0.1, tenure.seconds_left))
        _log.warning("lease_lost", lease=self.name, holder=self.holder, fence=tenure.fence)

    async def _upsert(self, pipeline: list[dict[str, Any]]) -> dict[str, Any]:
        while True:
            try:
                return dict(
                    await self._leases.find_one_and_update(
                        {"_id": self.name}, pipeline, upsert=True, return_document=ReturnDocument.AFTER
                    )
                )
            except DuplicateKeyError:
                # Two asked for a lease that never was; the other's document is there now.
                continue

    def _from_now(self) -> dict[str, Any]:
        return {"$add": ["$$NOW", int(self.seconds * 1000)]}
