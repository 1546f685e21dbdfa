"""The regions this installation serves: one strict YAML file each, read once at start.

A file that is wrong in any field stops the process with one line that names file and field; there are no two
tenants with one slug or one issuer.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from chassis.errors import NotFoundError
from chassis.expansion import UnsetVariableError, expanded

_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class TenantFileError(Exception):
    """A tenant's file is missing or wrong; the text is one line with file and field."""


class UnknownTenantError(NotFoundError):
    """No file describes this tenant."""

    def __init__(self, tenant: str) -> None:
        super().__init__(
            f"No tenant is called {tenant}: add a file for it to the tenants folder.", tenant=tenant
        )


def _clock_time(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _CLOCK_TIME.fullmatch(value):
        return time.fromisoformat(value)
    raise ValueError('must be a time of day in quotes, for example "09:00"')


ClockTime = Annotated[time, BeforeValidator(_clock_time)]
_ReasonCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_ReasonText = Annotated[str, Field(min_length=1, max_length=100)]
HsaId = Annotated[str, Field(pattern=r"^SE[0-9A-Z-]{4,29}$")]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


class QuietHours(_Part):
    """Hours of civil time, often across midnight, in which no SMS is sent."""

    start: ClockTime
    end: ClockTime

    def contain(self, civil: time) -> bool:
        """True from `start` up to, not including, `end`."""
        if self.start <= self.end:
            return self.start <= civil < self.end
        return civil >= self.start or civil < self.end


class Support(_Part):
    """Whom staff and residents turn to, as texts shown to them."""

    staff: Annotated[str, Field(min_length=1, max_length=2000)]
    residents: Annotated[str, Field(min_length=1, max_length=2000)]


class Tenant(_Part):
    """One region."""

    # The slug begins topic names, which are matched as [a-z]+ by every consumer.
    slug: Annotated[str, Field(pattern=r"^[a-z]{2,32}$")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    organisation_number: Annotated[str, Field(pattern=r"^[0-9]{6}-[0-9]{4}$")]
    time_zone: str = "Europe/Stockholm"
    batch_time: ClockTime = time(9, 0)
    quiet_hours: QuietHours | None = None
    maintenance_limit_days: Annotated[int, Field(ge=1, le=3650)]
    # Why a moment can end, as code and text in the order they are chosen from; those that are shipped if there is none.
    end_reasons: Annotated[dict[_ReasonCode, _ReasonText], Field(min_length=1, max_length=30)] | None = None
    # An alphanumeric SMS sender is 3 to 11 characters and begins with a letter; a number is E.164.
    sms_sender: Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9]{2,10}|\+[1-9][0-9]{6,14})$")]
    mail_from: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")]
    # Texts of the region's own, by what is told and in which part of it; whoever sends them checks them.
    notice_texts: dict[str, dict[str, str]] = Field(default_factory=dict)
    support: Support
    issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#]+[^\s?#/]$")]
    audience: Annotated[str, Field(min_length=1, max_length=200)]
    administrators: frozenset[HsaId] = frozenset()

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError(
                "must be a time zone of the IANA database, for example Europe/Stockholm"
            ) from None
        return value

    @field_validator("administrators", mode="before")
    @classmethod
    def _from_list(cls, value: object) -> object:
        return (
            frozenset(value)
            if isinstance(value, list) and all(isinstance(item, str) for item in value)
            else value
        )

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of the tenant's civil times."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Tenants:
    """All tenants of the installation, by slug and by issuer."""

    _by_slug: Mapping[str, Tenant]
    _by_issuer: Mapping[str, Tenant]

    @staticmethod
    def of(tenants: Iterable[Tenant]) -> "Tenants":
        by_slug: dict[str, Tenant] = {}
        by_issuer: dict[str, Tenant] = {}
        for tenant in tenants:
            if tenant.slug in by_slug:
                raise TenantFileError(
                    f"Two tenants have the slug {tenant.slug}: a slug belongs to one tenant."
                )
            if tenant.issuer in by_issuer:
                other = by_issuer[tenant.issuer].slug
                raise TenantFileError(
                    f"Tenants {other} and {tenant.slug} have one issuer: give each its own."
                )
            by_slug[tenant.slug] = by_issuer[tenant.issuer] = tenant
        return Tenants(by_slug, by_issuer)

    @staticmethod
    def load(folder: Path, environment: Mapping[str, str] | None = None) -> "Tenants":
        """Read every *.yaml of the folder; `${NAME}` in a text is taken from the environment."""
        known = os.environ if environment is None else environment
        files = sorted(folder.glob("*.yaml"))
        if not files:
            raise TenantFileError(f"{folder} holds no *.yaml: SOB_TENANTS names the folder of tenant files.")
        return Tenants.of(_read(file, known) for file in files)

    def __iter__(self) -> Iterator[Tenant]:
        return iter(self._by_slug.values())

    def __len__(self) -> int:
        return len(self._by_slug)

    @property
    def slugs(self) -> tuple[str, ...]:
        return tuple(self._by_slug)

    def by_slug(self, slug: str) -> Tenant:
        """The tenant of this slug, or UnknownTenantError."""
        tenant = self._by_slug.get(slug)
        if tenant is None:
            raise UnknownTenantError(slug)
        return tenant

    def by_issuer(self, issuer: str) -> Tenant | None:
        """The tenant whose tokens this issuer signs, if any."""
        return self._by_issuer.get(issuer)


def _read(file: Path, environment: Mapping[str, str]) -> Tenant:
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TenantFileError(f"{file}: cannot be read as text ({type(error).__name__}).") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        raise TenantFileError(f"{file}: is not YAML{where}.") from None
    if not isinstance(content, dict):
        raise TenantFileError(f"{file}: must be a mapping of fields.")
    try:
        tenant = Tenant.model_validate(expanded(content, environment))
    except UnsetVariableError as error:
        raise TenantFileError(f"{file}: {error}.") from None
    except ValidationError as error:
        faults = (
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_url=False)
        )
        raise TenantFileError(f"{file}: {'; '.join(faults)}.") from None
    if tenant.slug != file.stem:
        raise TenantFileError(f"{file}: slug: must be the name of its file, {file.stem}, not {tenant.slug}.")
    return tenant
