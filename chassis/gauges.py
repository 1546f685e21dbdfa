"""What a worker measures of itself every few seconds: outbox, parked messages, timers and lag.

Operations scale and alarm on ages: the oldest unpublished message, the oldest due timer.
"""

import asyncio
from datetime import UTC, datetime

from chassis import parking
from chassis.consumer import Consumer
from chassis.handling import Handling
from chassis.metrics import Metrics
from chassis.outbox import sequence_of
from chassis.relay import Relay
from chassis.work import Room

_EVERY_SECONDS = 5.0


class Gauges:
    """Keeps a worker's gauges current for as long as it runs."""

    def __init__(
        self, room: Room, metrics: Metrics, consumer: Consumer, relay: Relay, handling: Handling
    ) -> None:
        self._room = room
        self._metrics = metrics
        self._consumer = consumer
        self._relay = relay
        self._handling = handling
        self._counted: dict[str, int] = {}
        self._published = 0

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            await self.measure()
            await asyncio.sleep(_EVERY_SECONDS)

    async def measure(self) -> None:
        """Read everything once."""
        database, metrics = self._room.database, self._metrics
        oldest = await database["outbox"].find_one({}, {"_id": 1}, sort=[("_id", 1)])
        waiting = await database["outbox"].estimated_document_count()
        metrics.gauge("chassis.outbox.lag", waiting if oldest else 0)
        metrics.gauge("chassis.outbox.oldest_age", 0 if oldest is None else _age(oldest["_id"]))
        counts = await parking.counts(database)
        metrics.gauge("chassis.parked.waiting", counts["parked"])
        metrics.gauge("chassis.parked.dead", counts["dead"])
        now = self._room.clock.now()
        due = (
            await database["timers"]
            .find({"due_at": {"$lte": now}}, {"due_at": 1})
            .sort("due_at", 1)
            .to_list(1000)
        )
        metrics.gauge("chassis.timers.due", len(due))
        metrics.gauge("chassis.timers.oldest_age", (now - due[0]["due_at"]).total_seconds() if due else 0)
        metrics.gauge("chassis.inbox.lag", await self._consumer.lag(), group=self._room.service)
        self._count()

    def _count(self) -> None:
        tally = self._handling.tally
        for outcome in ("handled", "skipped", "parked", "dead"):
            value = getattr(tally, outcome)
            grown = value - self._counted.get(outcome, 0)
            self._counted[outcome] = value
            self._metrics.count("chassis.inbox.handled", grown, group=self._room.service, outcome=outcome)
        repeated = tally.repeated - self._counted.get("repeated", 0)
        self._counted["repeated"] = tally.repeated
        self._metrics.count("chassis.inbox.duplicates", repeated, group=self._room.service)
        self._metrics.count("chassis.outbox.published", self._relay.published - self._published)
        self._published = self._relay.published


def _age(outbox_id: str) -> float:
    committed_at = int(sequence_of(outbox_id), 16) / 1_000_000
    return max(0.0, datetime.now(UTC).timestamp() - committed_at)
