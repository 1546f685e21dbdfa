"""The loops of a worker: each runs for as long as the process does, and is begun again when it fails.

A loop that keeps failing ends the process, so that its supervisor starts a clean one: infrastructure that is away
for long is not waited for with stale connections. Liveness is told by progress, never by a task that merely exists.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from chassis.failures import is_being_cancelled
from chassis.leases import Lease, Tenure

_GIVE_UP_SECONDS = 60.0
_STUCK_SECONDS = 90.0
_LONGEST_PAUSE_SECONDS = 2.0

log = structlog.get_logger("chassis.loops")


class Runner(Protocol):
    """Something that runs under a lease, is `active` while it holds it, and says when it last got on."""

    active: bool
    progress_at: float
    tenure: Tenure | None

    async def run(self, lease: Lease) -> None: ...


class GivenUpError(Exception):
    """A loop has failed for so long that the process should be started anew."""


@dataclass(slots=True)
class Loop:
    """One loop. Waiting for a lease that another process holds is being in order, not being stuck."""

    name: str
    runner: Runner
    lease: Lease
    started_at: float = field(default_factory=time.monotonic)
    _failing_since: float | None = None
    _stopping: bool = False

    @property
    def stuck(self) -> bool:
        """Whether it holds its lease and has not got on for 90 s."""
        return self.runner.active and time.monotonic() - self.runner.progress_at > _STUCK_SECONDS

    async def run(self) -> None:
        """Run until cancelled. Raises GivenUpError after failing for a minute without any progress between."""
        pause = 0.05
        while not self._stopping:
            began = self.runner.progress_at
            try:
                await self.runner.run(self.lease)
                pause = 0.05
                self._failing_since = None
            except (Exception, asyncio.CancelledError) as error:  # a loop's failure is the process's concern
                # A cancellation that nobody asked for would end the loop without a word.
                if is_being_cancelled():
                    raise
                got_on = self.runner.progress_at > began
                now = time.monotonic()
                self._failing_since = now if got_on or self._failing_since is None else self._failing_since
                pause = 0.05 if got_on else min(pause * 2, _LONGEST_PAUSE_SECONDS)
                log.error("loop-failed", loop=self.name, error=type(error).__name__, exc_info=error)
                if now - self._failing_since > _GIVE_UP_SECONDS:
                    raise GivenUpError(
                        f"{self.name} has failed for a minute; see its errors above."
                    ) from error
            await asyncio.sleep(pause)

    def stop(self) -> None:
        """Let it finish what it is at and take up no more."""
        self._stopping = True
        if self.runner.tenure is not None:
            self.runner.tenure.lost.set()


@asynccontextmanager
async def active(runner: Runner, lease: Lease) -> AsyncIterator[Tenure]:
    """Hold the lease and count as active, from now on, until it is given back."""
    async with lease.held() as holding:
        with acting(runner, holding):
            yield holding


@contextmanager
def acting(runner: Runner, tenure: Tenure) -> Iterator[None]:
    """Count as active, from now on, for as long as the body runs."""
    before, began = runner.progress_at, time.monotonic()
    runner.progress_at = began
    runner.active = True
    runner.tenure = tenure
    try:
        yield
    finally:
        runner.active = False
        runner.tenure = None
        if runner.progress_at == began:
            # To have begun is no progress, or a loop that fails at once would never be given up.
            runner.progress_at = before
