"""The signing keys of issuers, fetched when needed and kept while an issuer is away.

An unknown key id asks the issuer again, but no more than once per gap: forged tokens cannot make us a flood.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from chassis.http.problems import ServiceUnavailableError

_GAP_SECONDS = 5.0
_FRESH_SECONDS = 600.0
_TIMEOUT_SECONDS = 3.0

_log = structlog.get_logger()


class IssuerUnavailableError(ServiceUnavailableError):
    """No key of the issuer is known and it does not answer."""

    def __init__(self, issuer: str) -> None:
        super().__init__(
            f"The issuer {issuer} does not answer with its keys: try again.", {"Retry-After": "5"}
        )


@dataclass(slots=True)
class _Known:
    keys: dict[str, Key] = field(default_factory=dict)
    fetched_at: float | None = None
    tried_at: float | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class JwksCache:
    """Keys by issuer and key id. Old keys are fetched again in the background and live through an outage."""

    def __init__(self, client: httpx.AsyncClient, gap_seconds: float = _GAP_SECONDS) -> None:
        self._client = client
        self._gap = gap_seconds
        self._known: dict[str, _Known] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def key(self, issuer: str, key_id: str) -> Key | None:
        """The key, or None if the issuer shows none of that id. Raises IssuerUnavailableError if it never answered."""
        known = self._known.setdefault(issuer, _Known())
        key = known.keys.get(key_id)
        if key is None:
            await self._fetch(issuer, known)
            key = known.keys.get(key_id)
            if key is None and known.fetched_at is None:
                raise IssuerUnavailableError(issuer)
        elif known.fetched_at is not None and time.monotonic() - known.fetched_at > _FRESH_SECONDS:
            task = asyncio.create_task(self._fetch(issuer, known))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return key

    async def _fetch(self, issuer: str, known: _Known) -> None:
        async with known.lock:
            if known.tried_at is not None and time.monotonic() - known.tried_at < self._gap:
                return
            known.tried_at = time.monotonic()
            try:
                keys = await self._ask(issuer)
            except (httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
                _log.warning("jwks_not_fetched", issuer=issuer, error=type(error).__name__)
                return
            known.keys = keys
            known.fetched_at = time.monotonic()

    async def _ask(self, issuer: str) -> dict[str, Key]:
        about = await self._get(f"{issuer}/.well-known/openid-configuration")
        if about["issuer"] != issuer:
            raise ValueError("the document is of another issuer")
        found = KeySet.import_key_set(await self._get(about["jwks_uri"]))
        return {key.kid: key for key in found.keys if key.kid and key.get("use") in (None, "sig")}

    async def _get(self, url: str) -> Any:
        answer = await self._client.get(url, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()
