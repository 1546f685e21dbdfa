"""Whether a resident's account lets them in, as the population register says: asked in one place by every API.

The register is asked when somebody comes and again while they stay, at most once a second for each resident and
process: a lock or a death is felt by every service within that second, without any of them telling another. While the
register is away nobody new gets in, and whoever was let in by this process lately stays. A number goes to the register
and nowhere else.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.errors import ForbiddenError
from chassis.http.identity import Resident
from chassis.http.problems import ServiceUnavailableError

_FRESH_SECONDS = 1.0
# How long somebody who was let in stays in while the register does not answer.
_KEPT_SECONDS = 300.0
_TIMEOUT_SECONDS = 2.0
_MOST_REMEMBERED = 10_000


class AccountLockedError(ForbiddenError):
    """While an account is locked nobody gets in, not even the resident (R354)."""

    def __init__(self) -> None:
        super().__init__("The resident's account is locked: it is unlocked at 1177.")


class AccountInactivatedError(ForbiddenError):
    """The register has nobody alive with the number of the token (R353)."""

    def __init__(self) -> None:
        super().__init__("The resident's account is inactivated, as the population register says.")


class RegisterUnavailableError(ServiceUnavailableError):
    """Nobody is let in unchecked."""

    def __init__(self) -> None:
        super().__init__("The population register does not answer: try again.", {"Retry-After": "5"})


Refusal = type[AccountLockedError] | type[AccountInactivatedError]


class Accounts(Protocol):
    """What admission asks before a resident gets in."""

    async def must_be_open(self, resident: Resident) -> None:
        """Raises AccountLockedError, AccountInactivatedError or RegisterUnavailableError."""
        ...


class UncheckedAccounts:
    """Every account is open: for tests of something else."""

    async def must_be_open(self, resident: Resident) -> None:
        return None


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    deceased: bool = False
    locked: bool = False


@dataclass(slots=True)
class _Known:
    """An answer: `refusal` None lets in. `asked_at` and `answered_at` are monotonic seconds."""

    refusal: Refusal | None
    asked_at: float
    answered_at: float


class RegisteredAccounts:
    """Accounts as the register at a base address says; without an address nobody is let in.

    An answer counts for `fresh` seconds, and for `kept` seconds while the register does not give another.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        base: str | None,
        *,
        fresh: float = _FRESH_SECONDS,
        kept: float = _KEPT_SECONDS,
    ) -> None:
        self._client = client
        self._fresh = fresh
        self._kept = kept
        self._base = None if base is None else base.rstrip("/")
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()
        self._asking: dict[tuple[str, str], asyncio.Task[_Known | None]] = {}

    async def must_be_open(self, resident: Resident) -> None:
        who = (resident.tenant, resident.resident_id)
        known = self._known.get(who)
        if known is None or time.monotonic() - known.asked_at >= self._fresh:
            known = await self._asked(who, resident)
        if known is None:
            raise RegisterUnavailableError
        if known.refusal is not None:
            raise known.refusal()

    async def _asked(self, who: tuple[str, str], resident: Resident) -> _Known | None:
        """Those who come at the same time wait for one answer, which goes on if one of them leaves."""
        task = self._asking.get(who)
        if task is None:
            task = self._asking[who] = asyncio.create_task(self._renew(who, resident))
            task.add_done_callback(lambda _: self._asking.pop(who, None))
        return await asyncio.shield(task)

    async def _renew(self, who: tuple[str, str], resident: Resident) -> _Known | None:
        asked_at = time.monotonic()
        try:
            refusal = await self._answer(resident)
        except RegisterUnavailableError:
            known = self._known.get(who)
            if known is None or asked_at - known.answered_at >= self._kept:
                return None
            known.asked_at = asked_at
            return known
        known = self._known[who] = _Known(refusal, asked_at, asked_at)
        self._known.move_to_end(who)
        if len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)
        return known

    async def _answer(self, resident: Resident) -> Refusal | None:
        if self._base is None:
            raise RegisterUnavailableError
        address = f"{self._base}/{resident.tenant}/persons/{resident.personnummer}"
        try:
            answer = await self._client.get(address, timeout=_TIMEOUT_SECONDS)
            if answer.status_code == 404:
                return AccountInactivatedError
            # Errors of the client name addresses, and this one holds a number: none leaves this method.
            answer.raise_for_status()
            row = _Row.model_validate_json(answer.content)
        except (httpx.HTTPError, ValidationError):
            raise RegisterUnavailableError from None
        if row.deceased:
            return AccountInactivatedError
        return AccountLockedError if row.locked else None
