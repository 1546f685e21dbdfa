"""A small API behind the real edge, its issuers, and callers with tokens."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from chassis.clock import ManualClock
from chassis.http.app import create_app
from chassis.http.identity import CARE, PERSONNUMMER_CLAIM, PURPOSE_CLAIM, Identity
from chassis.http.jwks import JwksCache
from chassis.http.permissions import Access
from chassis.http.routing import Router
from chassis.pseudonym import Pseudonyms
from chassis.tenancy import Support, Tenant, Tenants

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
ANNA, ADAM = "SE2321000131-P000000000001", "SE2321000131-P000000000002"
UNIT = "SE2321000131-E000000000001"
TOLVAN = "191212121212"


class Role(StrEnum):
    NURSE = "nurse"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    SEE = "thing.see"
    ACTIVATE = "unit.activate"


TABLE = {
    Role.NURSE: frozenset({Permission.SEE}),
    Role.ADMINISTRATOR: frozenset({Permission.ACTIVATE}),
}
KINDS = {
    "RS256": lambda kid: RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}),
    "ES256": lambda kid: ECKey.generate_key("P-256", {"kid": kid, "use": "sig"}),
    "EdDSA": lambda kid: OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"}),
}


def a_tenant(slug: str, issuer: str) -> Tenant:
    return Tenant(
        slug=slug,
        name=slug,
        organisation_number="232100-0131",
        maintenance_limit_days=90,
        sms_sender="Region",
        mail_from="a@b.example",
        support=Support(staff="Ring.", residents="Ring."),
        issuer=issuer,
        audience="sob",
        administrators=frozenset({ADAM}),
    )


@dataclass
class Issuer:
    """One tenant's issuer; `is_away` makes it answer nothing."""

    url: str
    clock: ManualClock
    algorithm: str = "ES256"
    keys: dict[str, Key] = field(default_factory=dict)
    is_away: bool = False
    asked: int = 0

    def __post_init__(self) -> None:
        self.rotate("first")

    def rotate(self, kid: str) -> None:
        self.keys = {kid: KINDS[self.algorithm](kid)}

    def token(self, claims: Mapping[str, Any], *, kid: str | None = None, **header: Any) -> str:
        shown = kid or next(iter(self.keys))
        key = self.keys.get(shown) or KINDS[self.algorithm](shown)
        now = int(self.clock.now().timestamp())
        told = {"iss": self.url, "aud": "sob", "iat": now, "exp": now + 3600, **claims}
        told = {name: value for name, value in told.items() if value is not None}
        algorithm = header.pop("alg", self.algorithm)
        return jwt.encode({"alg": algorithm, "kid": shown, **header}, told, key, algorithms=[algorithm])

    def staff(self, hsa_id: str = ANNA, unit: str | None = UNIT, **claims: Any) -> dict[str, str]:
        mine = {"sub": hsa_id, "employeeHsaId": hsa_id, "careUnitHsaId": unit, "name": "Anna Almkvist"}
        mine |= {PURPOSE_CLAIM: CARE}
        return bearer(self.token(mine | claims))

    def resident(self, number: str = TOLVAN, **claims: Any) -> dict[str, str]:
        return bearer(self.token({"sub": "opaque", PERSONNUMMER_CLAIM: number} | claims))

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("away", request=request)
        if request.url.path.endswith("/.well-known/openid-configuration"):
            return httpx.Response(200, json={"issuer": self.url, "jwks_uri": f"{self.url}/jwks"})
        self.asked += 1
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys.values()]})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Granted:
    """Roles by unit and person."""

    given: dict[tuple[str, str, str], frozenset[Role]] = field(default_factory=dict)
    asked: int = 0

    async def roles(self, tenant: str, unit: str, person: str) -> frozenset[Role]:
        self.asked += 1
        return self.given.get((tenant, unit, person), frozenset())


@dataclass
class World:
    clock: ManualClock
    vgr: Issuer
    rjl: Issuer
    grants: Granted
    access: Access

    @asynccontextmanager
    async def api(self, *routers: Router, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app("things", routers, self.access, **options)
        async with client_of(app) as client:
            yield client


def a_world(
    algorithm: str = "ES256", gap_seconds: float = 0.0, issuers: Iterable[str] | None = None
) -> World:
    clock = ManualClock(NOON)
    vgr, rjl = (
        Issuer(url, clock, algorithm)
        for url in issuers or ("http://vgr.issuer.test", "http://rjl.issuer.test")
    )
    by_host = {httpx.URL(issuer.url).host: issuer for issuer in (vgr, rjl)}
    transport = httpx.MockTransport(lambda request: by_host[request.url.host].answer(request))
    identity = Identity(
        Tenants.of([a_tenant("vgr", vgr.url), a_tenant("rjl", rjl.url)]),
        JwksCache(httpx.AsyncClient(transport=transport), gap_seconds),
        clock,
        Pseudonyms(b"p" * 32),
    )
    grants = Granted({("vgr", UNIT, ANNA): frozenset({Role.NURSE})})
    return World(clock, vgr, rjl, grants, Access(identity, grants, TABLE, Role.ADMINISTRATOR))


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://things.test"
    )
