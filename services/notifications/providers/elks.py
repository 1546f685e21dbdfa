"""SMS by 46elks. An answer that says why it refuses is believed; everything else that is no success is Unknown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from services.notifications.domain.sending import (
    Accepted,
    Found,
    NoAnswer,
    NotFound,
    Postponed,
    Rejected,
    Result,
    Trace,
    Unknown,
)
from services.notifications.providers.port import Outgoing

# Refused before anything was taken, and ours to set right: credentials, credit, too many at once.
_LATER = frozenset({401, 402, 403, 404, 408, 425, 429})
_CONNECT_SECONDS = 5.0
_MOST_PAGES = 20


class Elks:
    """One account."""

    def __init__(
        self, client: httpx.AsyncClient, public_url: str, seconds: float, username: str = ""
    ) -> None:
        self._client = client
        self._username = username
        self._receipts = f"{public_url.rstrip('/')}/receipts/sms?reference="
        self._seconds = seconds

    @staticmethod
    @asynccontextmanager
    async def open(
        url: str, username: str, password: str, public_url: str, seconds: float
    ) -> AsyncIterator["Elks"]:
        """The account for as long as the process lives."""
        timeout = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        async with httpx.AsyncClient(
            base_url=url, auth=(username, password), timeout=timeout, limits=limits
        ) as client:
            yield Elks(client, public_url, seconds, username)

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        form = {
            "from": message.sender,
            "to": message.to,
            "message": message.wording.sms,
            "whendelivered": self._receipts + message.receipts,
        }
        headers = {"traceparent": traceparent} if traceparent else {}
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.post("/a1/sms", data=form, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Postponed("unreachable")
        except (httpx.HTTPError, TimeoutError) as error:
            return Unknown(type(error).__name__)
        return _result(answer)

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        account = f"{self._client.base_url}|{self._username}"
        return frozenset({f"{account}|{message.to}|{message.sender}|{message.wording.sms}"})

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        """By the account's history: our sender and text to that number since then, oldest first."""
        ask = {"to": message.to, "end": since.astimezone(UTC).replace(tzinfo=None).isoformat()}
        ids: list[str] = []
        for _ in range(_MOST_PAGES):
            page = await self._page(ask)
            if page is None:
                return NoAnswer()
            ids += [
                entry["id"]
                for entry in page["data"]
                if entry.get("message") == message.wording.sms and entry.get("from") == message.sender
            ]
            if not page.get("next"):
                return Found(tuple(reversed(ids))) if ids else NotFound()
            ask["start"] = page["next"]
        return NoAnswer()

    async def _page(self, ask: dict[str, str]) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.get("/a1/sms", params=ask)
            page = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, TimeoutError, ValueError):
            return None
        return page if isinstance(page, dict) and isinstance(page.get("data"), list) else None


def _result(answer: httpx.Response) -> Result:
    if answer.status_code == 400:
        return Rejected("400")
    if answer.status_code in _LATER:
        return Postponed(str(answer.status_code))
    if answer.status_code != 200:
        return Unknown(str(answer.status_code))
    try:
        identity = answer.json()["id"]
    except (ValueError, KeyError, TypeError):
        return Unknown("unreadable")
    return Accepted(identity) if isinstance(identity, str) and identity else Unknown("unreadable")
