"""Who asks: a bearer token becomes a member of staff or a resident of exactly one tenant, or is refused.

The issuer names the tenant, nothing else in a request does. A verified token is remembered for at most a minute
and never past its end.
"""

import hashlib
import json
from base64 import urlsafe_b64decode
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from chassis.clock import Clock
from chassis.errors import DomainError, UnauthenticatedError
from chassis.http.jwks import JwksCache
from chassis.personnummer import normalise
from chassis.pseudonym import Pseudonyms
from chassis.tenancy import Tenant, Tenants

ALGORITHMS = ("RS256", "ES256", "EdDSA")
PERSONNUMMER_CLAIM = "https://id.oidc.se/claim/personalIdentityNumber"
# The kind of staff's assignment (medarbetaruppdrag) at the unit they have chosen, as SITHS logins tell it.
PURPOSE_CLAIM = "commissionPurpose"
CARE = "Vård och behandling"

_LEEWAY = timedelta(seconds=10)
_REMEMBERED = timedelta(seconds=60)
_MOST_REMEMBERED = 10_000
_LONGEST_TOKEN = 8_192


class MissingTokenError(UnauthenticatedError):
    def __init__(self) -> None:
        super().__init__("The request has no bearer token: send Authorization: Bearer <access token>.")


class InvalidTokenError(UnauthenticatedError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"The token {reason}: ask the tenant's issuer for a new one.")


class ExpiredTokenError(UnauthenticatedError):
    def __init__(self) -> None:
        super().__init__("The token has expired: ask the tenant's issuer for a new one.")


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff at the unit chosen at login; `unit` is empty when none was chosen.

    At a unit there is an assignment for care and treatment (R276).
    """

    tenant: str
    hsa_id: str
    unit: str
    name: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Resident:
    """A resident; `personnummer` is 12 digits, and no coordination number (R352)."""

    tenant: str
    resident_id: str
    personnummer: str = field(repr=False)


Caller = Staff | Resident


@dataclass(frozen=True, slots=True)
class _Verified:
    caller: Caller
    until: datetime


class Identity:
    """Verifies tokens of the tenants' issuers against a clock."""

    def __init__(self, tenants: Tenants, keys: JwksCache, clock: Clock, pseudonyms: Pseudonyms) -> None:
        self.tenants = tenants
        self._keys = keys
        self._clock = clock
        self._pseudonyms = pseudonyms
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def caller(self, authorization: str | None) -> Caller:
        """Who sent this Authorization header. Raises an UnauthenticatedError, or IssuerUnavailableError."""
        if authorization is None:
            raise MissingTokenError
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise MissingTokenError
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise InvalidTokenError("is no access token of ours")
        now = self._clock.now()
        digest = hashlib.sha256(token.encode()).digest()
        verified = self._verified.get(digest)
        if verified is not None and now < verified.until:
            self._verified.move_to_end(digest)
            return verified.caller
        verified = await self._verify(token, now)
        self._verified[digest] = verified
        self._verified.move_to_end(digest)
        if len(self._verified) > _MOST_REMEMBERED:
            self._verified.popitem(last=False)
        return verified.caller

    async def _verify(self, token: str, now: datetime) -> _Verified:
        header, claims = _unverified(token)
        tenant = self.tenants.by_issuer(claims["iss"]) if isinstance(claims.get("iss"), str) else None
        if tenant is None:
            raise InvalidTokenError("is of no issuer known here")
        key_id = header.get("kid")
        if header.get("alg") not in ALGORITHMS or not isinstance(key_id, str):
            raise InvalidTokenError("is not signed as agreed")
        key = await self._keys.key(tenant.issuer, key_id)
        if key is None:
            raise InvalidTokenError("is signed with a key its issuer does not show")
        try:
            claims = jwt.decode(token, key, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            raise InvalidTokenError("has a wrong signature") from None
        expires = _within_its_time(claims, now)
        audience = claims.get("aud")
        if tenant.audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidTokenError("is meant for somebody else")
        return _Verified(self._read(tenant, claims, now), min(expires, now + _REMEMBERED))

    def _read(self, tenant: Tenant, claims: dict[str, Any], now: datetime) -> Caller:
        hsa_id, number = claims.get("employeeHsaId"), claims.get(PERSONNUMMER_CLAIM)
        match hsa_id, number:
            case str(), None if _is_hsa_id(hsa_id):
                unit, name = claims.get("careUnitHsaId", ""), claims.get("name", "")
                if not isinstance(unit, str) or (unit and not _is_hsa_id(unit)) or not isinstance(name, str):
                    raise InvalidTokenError("names its unit in a way that is not agreed")
                if unit and claims.get(PURPOSE_CLAIM) != CARE:
                    raise InvalidTokenError("has no assignment for care and treatment at its unit")
                return Staff(tenant.slug, hsa_id, unit, name)
            case None, str() if len(number) == 12:
                try:
                    found = normalise(number, now.astimezone(tenant.zone).date())
                except DomainError:
                    raise InvalidTokenError("has no valid personal identity number") from None
                if found.is_coordination:
                    raise InvalidTokenError("has a coordination number, with which nobody logs in")
                digits = found.digits
                return Resident(tenant.slug, self._pseudonyms.resident_id(tenant.slug, digits), digits)
            case _:
                raise InvalidTokenError("is neither of staff nor of a resident")


def _is_hsa_id(text: str) -> bool:
    return 3 <= len(text) <= 64 and text.isascii() and text.replace("-", "").isalnum()


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidTokenError("is no access token of ours")
    try:
        header, claims = (json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError):
        raise InvalidTokenError("is no access token of ours") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidTokenError("is no access token of ours")
    return header, claims


def _within_its_time(claims: dict[str, Any], now: datetime) -> datetime:
    expires, begins = _time(claims.get("exp")), _time(claims.get("nbf", 0))
    if expires is None or begins is None:
        raise InvalidTokenError("does not say when it ends")
    if now >= expires + _LEEWAY:
        raise ExpiredTokenError
    if now < begins - _LEEWAY:
        raise InvalidTokenError("is not valid yet")
    return expires


def _time(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None
