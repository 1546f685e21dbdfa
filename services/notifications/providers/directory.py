"""The HSA directory over HTTP, read when something is sent and kept nowhere: staff's addresses and units' names."""

from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

import httpx

_SECONDS = 3.0


class DirectoryAwayError(Exception):
    """The directory does not answer as agreed; it may heal."""


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """Where the directory says that somebody is reached; None where it says nothing (R201)."""

    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)


class Directory(Protocol):
    async def staff(self, tenant: str, hsa_id: str) -> StaffEntry | None:
        """The entry, None for whom it does not know. Raises DirectoryAwayError."""
        ...

    async def unit(self, tenant: str, hsa_id: str) -> str | None:
        """The unit's name, None for one it does not know. Raises DirectoryAwayError."""
        ...


class HttpDirectory:
    """The directory at a base address, below which each tenant has its own."""

    def __init__(self, client: httpx.AsyncClient, base: str) -> None:
        self._client = client
        self._base = base.rstrip("/")

    async def staff(self, tenant: str, hsa_id: str) -> StaffEntry | None:
        row = await self._ask(tenant, "staff", hsa_id)
        return None if row is None else StaffEntry(_text(row, "email"), _text(row, "phone"))

    async def unit(self, tenant: str, hsa_id: str) -> str | None:
        row = await self._ask(tenant, "units", hsa_id)
        return None if row is None else _text(row, "name")

    async def _ask(self, tenant: str, what: str, which: str) -> dict[str, Any] | None:
        try:
            answer = await self._client.get(
                f"{self._base}/{tenant}/{what}/{quote(which, safe='')}", timeout=_SECONDS
            )
            row = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            raise DirectoryAwayError from None
        if answer.status_code == 404:
            return None
        if not isinstance(row, dict):
            raise DirectoryAwayError
        return row


def _text(row: dict[str, Any], name: str) -> str | None:
    found = row.get(name)
    return found if isinstance(found, str) and found else None
