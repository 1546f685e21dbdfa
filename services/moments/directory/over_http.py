"""The directory over HTTP (`SOB_DIRECTORY_URL`): one short question each, and no answer is a refusal of its own.

Errors of the client name addresses, and an address may hold a number: they never leave this module.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.errors import DomainError
from chassis.http.problems import ServiceUnavailableError
from chassis.personnummer import Personnummer
from chassis.service import Surroundings
from services.moments.directory import (
    Ports,
    RegisteredPerson,
    ResidentNotInRegisterError,
    Sex,
    StaffEntry,
    StaffNotInDirectoryError,
    UnitEntry,
    UnitNotInDirectoryError,
)

_SECONDS = 3.0


class DirectoryUnavailableError(ServiceUnavailableError):
    """The register or the directory does not answer as agreed; it may heal."""

    def __init__(self) -> None:
        super().__init__(
            "The population register or the HSA directory does not answer: try again.", {"Retry-After": "5"}
        )


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Person(_Row):
    surname: str
    given_name: str
    protected: bool = False
    deceased: bool = False
    locked: bool = False
    last_login_1177: datetime | None = None
    county: str | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    mobile: str | None = None


class _Staff(_Row):
    hsa_id: str
    name: str
    units: list[str]
    email: str | None = None
    phone: str | None = None


class _Unit(_Row):
    hsa_id: str
    name: str
    organisation: str
    kind: str | None = None
    valid_until: date | None = None


_RowT = TypeVar("_RowT", bound=_Row)


class HttpDirectory:
    """The directory at a base address, below which each tenant has its own."""

    def __init__(self, client: httpx.AsyncClient, base: str) -> None:
        self._client = client
        self._base = base.rstrip("/")

    async def person(self, tenant: str, number: Personnummer) -> RegisteredPerson:
        row = await self._ask(_Person, tenant, "persons", number.digits, ResidentNotInRegisterError())
        return RegisteredPerson(
            row.surname,
            row.given_name,
            row.protected,
            row.deceased,
            row.locked,
            row.last_login_1177,
            row.county,
            row.sex,
            row.birth_date,
            row.mobile,
        )

    async def staff(self, tenant: str, hsa_id: str) -> StaffEntry:
        row = await self._ask(_Staff, tenant, "staff", hsa_id, StaffNotInDirectoryError(hsa_id))
        return StaffEntry(row.hsa_id, row.name, frozenset(row.units), row.email, row.phone)

    async def unit(self, tenant: str, hsa_id: str) -> UnitEntry:
        row = await self._ask(_Unit, tenant, "units", hsa_id, UnitNotInDirectoryError(hsa_id))
        return UnitEntry(row.hsa_id, row.name, row.organisation, row.kind, row.valid_until)

    async def _ask(
        self, kind: type[_RowT], tenant: str, what: str, which: str, unknown: DomainError
    ) -> _RowT:
        address = f"{self._base}/{tenant}/{what}/{quote(which, safe='')}"
        try:
            answer = await self._client.get(address, timeout=_SECONDS)
        except httpx.HTTPError:
            raise DirectoryUnavailableError from None
        if answer.status_code == 404:
            raise unknown
        if answer.status_code != 200:
            raise DirectoryUnavailableError
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError:
            raise DirectoryUnavailableError from None


@asynccontextmanager
async def open_ports(here: Surroundings) -> AsyncIterator[Ports]:
    """What a process of moments calls outside, for as long as it lives."""
    async with httpx.AsyncClient() as client:
        yield Ports(HttpDirectory(client, here.settings.directory_url))
