"""Two accounts for SMS: the second sends while the first fails too often; both are asked what they took.

So a message whose answer was lost at one is never sent by the other before it is sure that it was not taken.
"""

import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

import structlog

from services.notifications.domain.sending import (
    Accepted,
    Found,
    NoAnswer,
    NotFound,
    NoWayToTell,
    Rejected,
    Result,
    Trace,
)
from services.notifications.providers.port import Outgoing, Provider

_LATEST = 20
_TOO_FEW = 5
_TOO_OFTEN = 0.5
_REST_SECONDS = 30.0
log = structlog.get_logger("notifications.switching")


class Breaker:
    """Open when at least half of the latest answers were failures; lets one try through after each rest."""

    def __init__(
        self, rest_seconds: float = _REST_SECONDS, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self._rest = rest_seconds
        self._stopwatch = stopwatch
        self._latest: deque[bool] = deque(maxlen=_LATEST)
        self._closed_from = 0.0
        self.open = False

    def admits(self) -> bool:
        """Whether to try now."""
        if not self.open:
            return True
        if self._stopwatch() < self._closed_from:
            return False
        self._closed_from = self._stopwatch() + self._rest
        return True

    def note(self, *, failed: bool) -> None:
        """Take the answer to a try."""
        if self.open and not failed:
            self.open = False
            self._latest.clear()
        self._latest.append(failed)
        failures = sum(self._latest)
        if len(self._latest) >= _TOO_FEW and failures >= _TOO_OFTEN * len(self._latest):
            if not self.open:
                log.warning("provider-failing", failures=failures, of=len(self._latest))
                self._closed_from = self._stopwatch() + self._rest
            self.open = True


class Switching:
    """The first account as long as it works, else the second."""

    def __init__(self, first: Provider, second: Provider, breaker: Breaker | None = None) -> None:
        self._first = first
        self._second = second
        self._breaker = breaker or Breaker()

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        if not self._breaker.admits():
            return await self._second.send(message, reference, traceparent)
        result = await self._first.send(message, reference, traceparent)
        # What is refused for the message's own sake is an answer like any other.
        self._breaker.note(failed=not isinstance(result, Accepted | Rejected))
        return result

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        return self._first.asked_by(message, reference) | self._second.asked_by(message, reference)

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        shown = [await each.find(message, reference, since) for each in (self._first, self._second)]
        ids = tuple(
            identity for trace in shown if isinstance(trace, Found) for identity in trace.provider_ids
        )
        if ids:
            return Found(ids)
        # Only who has been told by both knows that it was not taken.
        for worse in (NoWayToTell, NoAnswer):
            if any(isinstance(trace, worse) for trace in shown):
                return worse()
        return NotFound()
