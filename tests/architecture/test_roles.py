"""Every route of every service against every role and account, through the real edge: let in or 403, as the one
table and the population register say.

What stands behind an endpoint is a stand-in that answers 418, so "let in" is seen without a database.
"""

import importlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Never

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from joserfc import jwt
from joserfc.jwk import ECKey, Key

from chassis.clock import ManualClock
from chassis.http.app import create_app
from chassis.http.identity import CARE, PERSONNUMMER_CLAIM, PURPOSE_CLAIM, Identity
from chassis.http.jwks import JwksCache
from chassis.http.permissions import Access, Need, PermissionNeed
from chassis.http.routing import needs_of
from chassis.process import texts_of
from chassis.pseudonym import Pseudonyms
from chassis.tenancy import Tenants
from chassis.testing import NOON, UNIT, a_tenant
from contracts.access import GRANTS, Permission, Role
from contracts.registry import SERVICES
from tests.chassis.http.register import Register

ADMINISTRATOR = "SE2321000131-P000000000101"
RESIDENT = "196408239843"
_ROLES = list(Role)


class _Behind:
    """Whoever asks it for anything has been let in."""

    def __getattr__(self, name: str) -> Never:
        raise HTTPException(418)


class _OneKey(JwksCache):
    def __init__(self, key: Key) -> None:
        self._only = key

    async def key(self, issuer: str, key_id: str) -> Key | None:
        return self._only


class _RoleByNumber:
    """Whoever has a role's number in the HSA-id holds it."""

    async def roles(self, tenant: str, unit: str, person: str) -> frozenset[Any]:
        return frozenset() if person == ADMINISTRATOR else frozenset({_ROLES[int(person.split("-")[1])]})


@dataclass
class Edge:
    """A service as seen from outside."""

    app: FastAPI
    http: httpx.AsyncClient
    key: Key
    register: Register

    def as_role(self, role: Role) -> dict[str, str]:
        person = ADMINISTRATOR if role is Role.CAREGIVER_ADMIN else f"SE1-{_ROLES.index(role)}"
        return self._headers({"employeeHsaId": person, "careUnitHsaId": UNIT, PURPOSE_CLAIM: CARE})

    def as_resident(self) -> dict[str, str]:
        return self._headers({PERSONNUMMER_CLAIM: RESIDENT})

    async def answer(self, method: str, path: str, headers: Mapping[str, str]) -> httpx.Response:
        address = path.replace("{", "").replace("}", "")
        return await self.http.request(method, address, headers=headers)

    def _headers(self, claims: Mapping[str, str]) -> dict[str, str]:
        times = {"iat": int(NOON.timestamp()), "exp": int((NOON + timedelta(hours=1)).timestamp())}
        token = jwt.encode(
            {"alg": "ES256", "kid": "test"},
            {"iss": "http://issuer.test/vgr", "aud": "sob", "sub": "x", **times, **claims},
            self.key,
            algorithms=["ES256"],
        )
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture(params=SERVICES)
async def edge(request: pytest.FixtureRequest) -> AsyncIterator[Edge]:
    service = importlib.import_module(f"services.{request.param}.app").SERVICE
    key = ECKey.generate_key("P-256", {"kid": "test"})
    tenants = Tenants.of([a_tenant("vgr", administrators=frozenset({ADMINISTRATOR}))])
    identity = Identity(tenants, _OneKey(key), ManualClock(NOON), Pseudonyms(b"0" * 32))
    register = Register({RESIDENT: {}})
    access = Access(identity, _RoleByNumber(), GRANTS, Role.CAREGIVER_ADMIN, register.accounts(fresh=0))
    app = create_app(service.name, service.routers, access, texts=texts_of(service))
    app.state.surroundings = app.state.ports = _Behind()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Edge(app, http, key, register)


def routes(edge: Edge) -> list[tuple[str, str, Need]]:
    return [
        (method, path, need)
        for method, path, need in needs_of(edge.app)
        if need is not None and need.name != "public"
    ]


@pytest.mark.rule("R267")
@pytest.mark.parametrize("role", list(Role))
async def test_a_role_opens_the_routes_of_its_permissions_and_no_other(edge: Edge, role: Role) -> None:
    headers = edge.as_role(role)
    wrong = []

    for method, path, need in routes(edge):
        answer = await edge.answer(method, path, headers)
        if may(role, need) != (answer.status_code != 403):
            wrong.append(f"{method} {path} ({need.name}): {answer.status_code}")
        assert answer.status_code != 401, path

    assert not wrong


async def test_a_resident_opens_the_routes_of_residents_and_no_other(edge: Edge) -> None:
    headers = edge.as_resident()

    for method, path, need in routes(edge):
        answer = await edge.answer(method, path, headers)
        assert (answer.status_code != 403) is (need.name == "resident"), f"{method} {path}"


@pytest.mark.rule("R353", "R354")
@pytest.mark.parametrize(
    ("row", "told"), [({"locked": True}, "account-locked"), ({"deceased": True}, "account-inactivated")]
)
async def test_a_closed_account_opens_no_route_of_any_service(
    edge: Edge, row: dict[str, bool], told: str
) -> None:
    headers, mine = edge.as_resident(), [each for each in routes(edge) if each[2].name == "resident"]
    for method, path, _ in mine:
        assert (await edge.answer(method, path, headers)).status_code != 403, path

    edge.register.rows[RESIDENT] = row

    answers = [await edge.answer(method, path, headers) for method, path, _ in mine]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} <= {(403, told)}


async def test_nobody_comes_in_without_a_token(edge: Edge) -> None:
    for method, path, _ in routes(edge):
        assert (await edge.answer(method, path, {})).status_code == 401, f"{method} {path}"


def may(role: Role, need: Need) -> bool:
    match need:
        case PermissionNeed(permission=Permission() as permission):
            return permission in GRANTS[role]
        case Need(name="staff"):
            return True
        case Need(name="administrator"):
            return role is Role.CAREGIVER_ADMIN
        case _:
            return False
