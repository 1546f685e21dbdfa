"""Delivery receipts of the local SMS gateway: each is posted until the receiver answers 2xx, also after a restart.

Order between receipts is not promised, as it is not by 46elks.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from deploy.embedded.behaviour import Mode
from deploy.embedded.ledger import Ledger, Row
from deploy.embedded.sms_messages import as_text

_SIDE_BY_SIDE = 16
_LONGEST_PAUSE = 30.0
_TRIES = 40


class Receipts:
    """Which accepted SMS have reached their phone, and who has been told."""

    def __init__(self, file: Path, now: Callable[[], datetime]) -> None:
        self._ledger = Ledger(file)
        self._now = now
        self._outcomes: dict[str, Row] = {row["id"]: row for row in self._ledger.rows if "status" in row}
        self._told = {row["id"] for row in self._ledger.rows if "told" in row}
        self._queue: asyncio.Queue[tuple[Row, Mode]] = asyncio.Queue()

    def outcome(self, sms_id: str) -> Row | None:
        """`{"id", "status", "delivered"}` once the SMS has reached its phone, or failed to."""
        return self._outcomes.get(sms_id)

    def deliver(self, sms: Row, mode: Mode) -> None:
        """See to an accepted SMS from here on."""
        self._queue.put_nowait((sms, mode))

    def resume(self, rows: list[Row]) -> None:
        """Take up what the last run did not finish."""
        for sms in rows:
            if sms["id"] not in self._told:
                self.deliver(sms, Mode.OK)

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with httpx.AsyncClient(timeout=10) as client, asyncio.TaskGroup() as group:
            for _ in range(_SIDE_BY_SIDE):
                group.create_task(self._work(client))

    def clear(self) -> None:
        """Forget everything; for tests."""
        self._ledger.clear()
        self._outcomes.clear()
        self._told.clear()

    async def _work(self, client: httpx.AsyncClient) -> None:
        while True:
            sms, mode = await self._queue.get()
            outcome = self._outcomes.get(sms["id"])
            if outcome is None:
                status = "failed" if mode is Mode.UNDELIVERED else "delivered"
                outcome = {"id": sms["id"], "status": status, "delivered": as_text(self._now())}
                await self._ledger.append(outcome)
                self._outcomes[sms["id"]] = outcome
            for _ in range(2 if mode is Mode.TWICE else 1):
                if sms["whendelivered"]:
                    await _tell(client, sms["whendelivered"], outcome)
            await self._ledger.append({"id": sms["id"], "told": True})
            self._told.add(sms["id"])


async def _tell(client: httpx.AsyncClient, url: str, outcome: Row) -> None:
    form = {
        key: value for key, value in outcome.items() if key != "delivered" or outcome["status"] == "delivered"
    }
    for attempt in range(_TRIES):
        try:
            answer = await client.post(url, data=form)
            if answer.is_success:
                return
        except httpx.HTTPError:
            # The receiver is away: that is what the retries are for.
            pass
        await asyncio.sleep(min(_LONGEST_PAUSE, 0.25 * 2.0**attempt))
