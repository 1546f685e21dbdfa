"""Tokens: whose they are, when they end, and every way in which they are refused."""

import asyncio
import socket
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chassis.errors import UnauthenticatedError
from chassis.http.identity import (
    PERSONNUMMER_CLAIM,
    ExpiredTokenError,
    Identity,
    InvalidTokenError,
    MissingTokenError,
    Resident,
    Staff,
)
from chassis.http.jwks import IssuerUnavailableError, JwksCache
from chassis.pseudonym import Pseudonyms
from chassis.tenancy import Tenants
from tests.chassis.http.edge import ANNA, TOLVAN, UNIT, Issuer, World, a_tenant, a_world
from tests.eventually import eventually


@pytest.fixture
def world() -> World:
    return a_world()


async def _caller(world: World, headers: dict[str, str]) -> Staff | Resident:
    return await world.access.identity.caller(headers.get("Authorization"))


@pytest.mark.rule("R341")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_token_of_each_agreed_algorithm_names_staff_and_unit(algorithm: str) -> None:
    world = a_world(algorithm)

    caller = await _caller(world, world.vgr.staff())

    assert caller == Staff("vgr", ANNA, UNIT, "Anna Almkvist")
    assert "Almkvist" not in repr(caller)


@pytest.mark.rule("R347")
async def test_a_residents_token_becomes_the_id_that_every_service_computes(world: World) -> None:
    caller = await _caller(world, world.vgr.resident())

    assert isinstance(caller, Resident)
    assert caller.resident_id == Pseudonyms(b"p" * 32).resident_id("vgr", TOLVAN)
    assert TOLVAN not in repr(caller)


async def test_the_issuer_alone_names_the_tenant(world: World) -> None:
    ours, theirs = await _caller(world, world.vgr.resident()), await _caller(world, world.rjl.resident())

    assert (ours.tenant, theirs.tenant) == ("vgr", "rjl")
    assert isinstance(ours, Resident)
    assert isinstance(theirs, Resident)
    assert ours.resident_id != theirs.resident_id


async def test_another_tenants_key_cannot_sign_for_us(world: World) -> None:
    await _caller(world, world.vgr.staff())
    world.rjl.keys = {"first": world.rjl.keys["first"]}

    with pytest.raises(InvalidTokenError, match="signature"):
        await _caller(world, world.rjl.staff(iss=world.vgr.url))


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer", "Bearer "])
async def test_without_a_bearer_token_nobody_is_known(world: World, header: str | None) -> None:
    with pytest.raises(MissingTokenError):
        await world.access.identity.caller(header)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c",
        "é.é.é",
        "e30.e30.",
        "bnVsbA.bnVsbA.",
        "W10.W10.",
        "x" * 9000,
        "." * 100,
        urlsafe_b64encode(b"[" * 3000).decode() + ".e30.x",
    ],
)
async def test_what_is_no_token_is_refused(world: World, token: str) -> None:
    with pytest.raises(InvalidTokenError):
        await world.access.identity.caller(f"Bearer {token}")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://evil.test"},
        {"iss": 7},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["a", "b"]},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"nbf": 4_000_000_000},
        {"employeeHsaId": None},
        {"employeeHsaId": ""},
        {"employeeHsaId": "SE|x"},
        {"careUnitHsaId": "a b"},
        {"careUnitHsaId": 5},
        {PERSONNUMMER_CLAIM: TOLVAN},
        {"employeeHsaId": None, PERSONNUMMER_CLAIM: "1212121212"},
        {"employeeHsaId": None, PERSONNUMMER_CLAIM: "191212121213"},
        {"employeeHsaId": None, PERSONNUMMER_CLAIM: 191212121212},
    ],
)
async def test_a_token_that_does_not_say_what_was_agreed_is_refused(
    world: World, claims: dict[str, object]
) -> None:
    with pytest.raises(InvalidTokenError) as refusal:
        await _caller(world, world.vgr.staff(**claims))

    assert TOLVAN not in str(refusal.value)


async def test_one_of_several_audiences_is_enough(world: World) -> None:
    assert await _caller(world, world.vgr.staff(aud=["other", "sob"]))


async def test_unsigned_and_symmetric_tokens_are_refused(world: World) -> None:
    claims = {"iss": world.vgr.url, "aud": "sob", "exp": 4_000_000_000, "employeeHsaId": ANNA}
    shared = OctKey.import_key("a-secret-that-is-long-enough-for-it")
    symmetric = jwt.encode({"alg": "HS256", "kid": "first"}, claims, shared, algorithms=["HS256"])
    unsigned = jwt.encode({"alg": "none", "kid": "first"}, claims, shared, algorithms=["none"])

    for token in (symmetric, unsigned):
        with pytest.raises(InvalidTokenError):
            await world.access.identity.caller(f"Bearer {token}")


async def test_a_changed_token_is_refused(world: World) -> None:
    head, _, signature = world.vgr.staff()["Authorization"].split(".")
    other = world.vgr.staff("SE2321000131-P000000000666")["Authorization"].split(".")[1]

    with pytest.raises(InvalidTokenError, match="signature"):
        await world.access.identity.caller(f"{head}.{other}.{signature}")


async def test_a_token_ends_when_it_says_though_it_was_seen_before(world: World) -> None:
    headers = world.vgr.staff()
    await _caller(world, headers)

    world.clock.advance(timedelta(hours=1, seconds=9))
    assert await _caller(world, headers)
    world.clock.advance(timedelta(seconds=2))

    with pytest.raises(ExpiredTokenError):
        await _caller(world, headers)


async def test_a_token_is_verified_anew_each_minute(world: World) -> None:
    headers = world.vgr.staff()
    await _caller(world, headers)
    world.vgr.rotate("first")
    world.access.identity._keys._known.clear()
    assert await _caller(world, headers)

    world.clock.advance(timedelta(seconds=61))

    with pytest.raises(InvalidTokenError):
        await _caller(world, headers)


async def test_a_new_key_is_fetched_when_a_token_names_it(world: World) -> None:
    await _caller(world, world.vgr.staff())
    world.vgr.rotate("second")

    assert await _caller(world, world.vgr.staff())


async def test_a_key_its_issuer_has_withdrawn_signs_no_more(world: World) -> None:
    old = world.vgr.staff(jti="signed before, sent after")
    await _caller(world, world.vgr.staff())
    world.vgr.rotate("second")
    await _caller(world, world.vgr.staff())

    with pytest.raises(InvalidTokenError, match="does not show"):
        await _caller(world, old)


async def test_forged_key_ids_ask_the_issuer_no_more_than_once_per_gap() -> None:
    world = a_world(gap_seconds=60)
    await _caller(world, world.vgr.staff())

    for number in range(20):
        with pytest.raises(InvalidTokenError):
            await world.access.identity.caller(f"Bearer {world.vgr.token({}, kid=f'forged-{number}')}")

    assert world.vgr.asked == 1


async def test_many_first_requests_fetch_the_keys_once() -> None:
    world = a_world(gap_seconds=60)

    await asyncio.gather(*(_caller(world, world.vgr.staff(jti=str(at))) for at in range(20)))

    assert world.vgr.asked == 1


async def test_known_keys_outlive_an_issuer_that_is_away(world: World) -> None:
    await _caller(world, world.vgr.staff())
    world.vgr.is_away = True

    assert await _caller(world, world.vgr.staff(jti="another"))
    with pytest.raises(InvalidTokenError):
        await world.access.identity.caller(f"Bearer {world.vgr.token({}, kid='unknown')}")


async def test_an_issuer_that_never_answered_is_no_fault_of_the_caller(world: World) -> None:
    world.vgr.is_away = True

    with pytest.raises(IssuerUnavailableError):
        await _caller(world, world.vgr.staff())


async def test_what_is_remembered_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.http.identity._MOST_REMEMBERED", 3)

    for at in range(10):
        await _caller(world, world.vgr.staff(jti=str(at)))

    assert len(world.access.identity._verified) == 3


def test_every_refusal_of_a_token_is_unauthenticated() -> None:
    assert {kind.__mro__[1] for kind in (MissingTokenError, InvalidTokenError, ExpiredTokenError)} == {
        UnauthenticatedError
    }


@pytest.fixture
async def served(world: World) -> AsyncIterator[Issuer]:
    """The issuer over real HTTP."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    issuer = Issuer(f"http://127.0.0.1:{taken.getsockname()[1]}/vgr", world.clock, "RS256")

    async def answer(request: Request) -> JSONResponse:
        told = issuer.answer(httpx.Request("GET", str(request.url)))
        return JSONResponse(told.json())

    app = Starlette(routes=[Route("/{path:path}", answer)])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[taken]))
    await eventually(lambda: server.started)
    yield issuer
    server.should_exit = True
    await serving


async def test_keys_come_over_http_by_discovery(world: World, served: Issuer) -> None:
    async with httpx.AsyncClient() as client:
        identity = Identity(
            Tenants.of([a_tenant("vgr", served.url)]), JwksCache(client), world.clock, Pseudonyms(b"p" * 32)
        )

        caller = await identity.caller(served.staff()["Authorization"])

    assert caller == Staff("vgr", ANNA, UNIT, "Anna Almkvist")
    assert served.asked == 1
