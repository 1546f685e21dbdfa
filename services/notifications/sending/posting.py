"""The loop around the sender: keeps a bounded number of sendings in the air and shares it fairly among tenants."""

import asyncio
import math
import time
from collections import Counter, deque

import structlog

from chassis.leases import Lease, Tenure
from chassis.logs import describe
from chassis.mongo import is_infrastructure
from services.notifications.domain.sending import State
from services.notifications.sending.limits import Limits
from services.notifications.sending.sender import Sender
from services.notifications.sending.sharing import sharing
from services.notifications.store.claims import Sendings

_LOOK_EVERY_SECONDS = 0.1
_READ_AHEAD = 64
# What is left of a stopping process's time when a provider has taken all of its own: enough to record the answer.
RECORD_SECONDS = 3.0
log = structlog.get_logger("notifications.posting")


class Posting:
    """Works off the sendings of all tenants, beside any number of other workers."""

    def __init__(
        self,
        sender: Sender,
        store: Sendings,
        tenants: tuple[str, ...],
        at_once: int,
        limits: Limits | None = None,
        *,
        finish_seconds: float = 18.0,
    ) -> None:
        self._sender = sender
        self._store = store
        self._tenants = tenants
        self._limits = limits or Limits(None)
        self._at_once = at_once
        self.finish_seconds = finish_seconds
        # One region's slow provider must leave room for the others.
        self._most_of_one = at_once if len(tenants) == 1 else max(1, at_once * 3 // 4)
        self._waiting: dict[str, deque[tuple[str, State]]] = {}
        # Those that had more than could be read ahead: they are not asked for whether they have anything.
        self._flooded: set[str] = set()
        self._looked_at = -math.inf
        self._running: dict[asyncio.Task[None], tuple[str, str]] = {}
        self.active = False
        self.progress_at = time.monotonic()
        self.tenure: Tenure | None = None

    async def run(self, lease: Lease) -> None:
        """Send until cancelled. The lease is not asked for: each sending is claimed on its own."""
        with sharing(self) as wanted:
            try:
                while wanted():
                    started = await self._start()
                    self.progress_at = time.monotonic()
                    if not started:
                        await self._pause()
            finally:
                await self._land()

    async def work_off(self) -> int:
        """Do everything that is to be done now, and nothing that comes later; returns how many were taken up."""
        done = 0
        while await self._start():
            done += len(self._running)
            await asyncio.wait(self._running)
            self._collect()
        return done

    async def _start(self) -> int:
        self._collect()
        # A region that has just got something does not wait until another's queue is empty.
        if not any(self._waiting.values()) or time.monotonic() - self._looked_at >= _LOOK_EVERY_SECONDS:
            await self._read_ahead()
            self._looked_at = time.monotonic()
        in_air = Counter(tenant for tenant, _ in self._running.values())
        started = 0
        while len(self._running) < self._at_once:
            ready = [
                t
                for t, queue in self._waiting.items()
                if queue and in_air[t] < self._most_of_one and self._limits.allow(t)
            ]
            if not ready:
                break
            tenant = min(ready, key=lambda t: in_air[t])
            self._limits.take(tenant)
            identity, state = self._waiting[tenant].popleft()
            work = self._sender.attempt if state is State.DUE else self._sender.look
            task = asyncio.create_task(work(identity))
            self._running[task] = (tenant, identity)
            in_air[tenant] += 1
            started += 1
        return started

    async def _read_ahead(self) -> None:
        in_air = {identity for _, identity in self._running.values()}
        empty = [tenant for tenant in self._tenants if not self._waiting.get(tenant)]
        flooded = [tenant for tenant in empty if tenant in self._flooded]
        others = [tenant for tenant in empty if tenant not in self._flooded]
        for tenant in [*flooded, *(await self._store.busy_tenants(others) if others else ())]:
            found = await self._store.candidates(tenant, _READ_AHEAD)
            (self._flooded.add if len(found) >= _READ_AHEAD else self._flooded.discard)(tenant)
            self._waiting[tenant] = deque(pair for pair in found if pair[0] not in in_air)

    async def _pause(self) -> None:
        if self._running:
            await asyncio.wait(
                self._running, timeout=_LOOK_EVERY_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        else:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    def _collect(self) -> None:
        """Forget what is done. A lack of infrastructure ends the round; any other failure is one sending's own.

        Such a sending was claimed, and is looked into when its lease runs out, like one whose worker was killed: what
        fails before that is put off by the sender.
        """
        away: BaseException | None = None
        for task in [task for task in self._running if task.done()]:
            _, identity = self._running.pop(task)
            failure = None if task.cancelled() else task.exception()
            if failure is None:
                continue
            if isinstance(failure, Exception) and not is_infrastructure(failure):
                log.error("sending-failed", id=identity, **describe(failure))
            else:
                away = failure
        if away is not None:
            raise away

    async def _land(self) -> None:
        """Let what is in the air come down, so that stopping leaves nothing unknown; cut what takes too long."""
        if self._running:
            await asyncio.wait(self._running, timeout=self.finish_seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()
        self._waiting.clear()
