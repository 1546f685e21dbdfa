"""Bad input and refusals: what is answered, and what is never repeated."""

import re
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from fastapi import Path, Query, Request
from pydantic import Field, field_validator

from chassis.errors import (
    ConflictError,
    DomainError,
    DuplicateKeyError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
    UnauthenticatedError,
)
from chassis.http.identity import Staff
from chassis.http.permissions import NeedsStaff, Public
from chassis.http.problems import ServiceUnavailableError
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.mongo import UnavailableError
from tests.chassis.http.edge import TOLVAN, World, a_world

SECRET = "Anna Almkvist"


class Call(Schema):
    kind: Literal["call"]
    number: str


class Visit(Schema):
    kind: Literal["visit"]
    at: date


class Thing(Schema):
    count: int
    name: Annotated[str, Field(max_length=5)] = "x"
    on: date | None = None
    parts: tuple[int, ...] = ()
    alias: str | None = None
    contact: Annotated[Call | Visit, Field(discriminator="kind")] | None = None

    @field_validator("alias")
    @classmethod
    def _is_no_name(cls, value: str) -> str:
        raise ValueError(f"{value} is a name")


class MomentEndedError(ConflictError):
    pass


def _refusals() -> Router:
    router = Router()

    @router.post("/things/{thing_id}")
    async def make(
        thing_id: Annotated[str, Path(max_length=8)],
        thing: Thing,
        caller: Annotated[Staff, NeedsStaff()],
        limit: Annotated[int, Query(le=10)] = 1,
    ) -> Thing:
        return thing

    @router.post("/contacts", dependencies=[Public()])
    async def contact(who: Annotated[Call | Visit, Field(discriminator="kind")]) -> Any:
        return {"kind": who.kind}

    @router.post("/numbers", dependencies=[Public()])
    async def numbers(given: list[int]) -> list[int]:
        return given

    @router.post("/raw", dependencies=[Public()])
    async def raw(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @router.post("/unread", dependencies=[Public()])
    async def unread() -> None: ...

    @router.get("/broken", dependencies=[Public()])
    async def broken() -> None:
        raise RuntimeError(f"cannot find {SECRET}")

    return router


def _raising(error: Exception) -> Router:
    router = Router()

    @router.get("/refused", dependencies=[Public()])
    async def refused() -> None:
        raise error

    return router


@pytest.fixture
def world() -> World:
    return a_world()


async def _post(world: World, path: str = "/things/a", **sent: Any) -> tuple[int, dict[str, Any], str]:
    async with world.api(_refusals(), body_limit=1000) as api:
        answer = await api.post(path, headers=world.vgr.staff() | sent.pop("headers", {}), **sent)
    assert answer.headers["content-type"] == (
        "application/json" if answer.is_success else "application/problem+json"
    )
    return answer.status_code, answer.json(), answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("No thing t-1: list things."), 404),
        (ForbiddenError("Not yours."), 403),
        (ConflictError("It has ended."), 409),
        (MomentEndedError("It has ended."), 409),
        (InvalidError("Too long."), 422),
        (StaleError("Somebody saved first."), 409),
        (DuplicateKeyError("things"), 409),
        (UnauthenticatedError("Who is it?"), 401),
        (UnavailableError("no primary"), 503),
        (ServiceUnavailableError("The register does not answer: try again."), 503),
    ],
)
async def test_each_category_has_its_status(world: World, error: Exception, status: int) -> None:
    async with world.api(_raising(error)) as api:
        answer = await api.get("/refused")

    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert problem["type"] == f"/problems/{problem['code']}"
    assert re.fullmatch("[0-9a-f]{32}", problem["instance"])
    assert problem["text"]
    if isinstance(error, DomainError):
        assert (problem["code"], problem["detail"]) == (error.code, error.text)


async def test_a_stale_version_that_the_caller_named_is_a_failed_precondition(world: World) -> None:
    async with world.api(_raising(StaleError("Somebody saved first: read it again."))) as api:
        answer = await api.get("/refused", headers={"If-Match": '"3"'})

    assert answer.status_code == 412


async def test_fields_of_a_refusal_are_told_to_machines(world: World) -> None:
    async with world.api(_raising(MomentEndedError("It has ended.", moment_id="m-1"))) as api:
        answer = await api.get("/refused")

    assert answer.json()["fields"] == {"moment_id": "m-1"}


async def test_a_good_body_is_taken(world: World) -> None:
    status, thing, _ = await _post(world, json={"count": 1, "on": "2026-01-31", "parts": [1, 2]})

    assert (status, thing["on"], thing["parts"]) == (200, "2026-01-31", [1, 2])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/count"),
        ({"count": "5"}, "/body/count"),
        ({"count": 5.5}, "/body/count"),
        ({"count": True}, "/body/count"),
        ({"count": 1, "name": SECRET}, "/body/name"),
        ({"count": 1, "on": SECRET}, "/body/on"),
        ({"count": 1, "on": 20000}, "/body/on"),
        ({"count": 1, "parts": [1, SECRET]}, "/body/parts/1"),
        ({"count": 1, "colour": SECRET}, "/body/colour"),
        ({"count": 1, "alias": SECRET}, "/body/alias"),
        ({"count": 1, TOLVAN: 1}, "/body/*"),
        ({"count": 1, SECRET: 1}, "/body/*"),
        ({"count": 1, "contact": {"kind": SECRET}}, "/body/contact"),
        ([SECRET], "/body"),
        (SECRET, "/body"),
        (None, "/body"),
    ],
)
async def test_a_body_that_is_not_what_the_schema_says_is_pointed_at_and_not_repeated(
    world: World, body: Any, pointer: str
) -> None:
    status, problem, text = await _post(world, json=body)

    assert (status, problem["code"]) == (422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert all(error["reason"] for error in problem["errors"])
    assert SECRET not in text
    assert TOLVAN not in text


async def test_a_missing_body_is_invalid(world: World) -> None:
    status, problem, _ = await _post(world)

    assert (status, problem["errors"][0]["pointer"]) == (422, "/body")


async def test_address_parameters_are_pointed_at_too(world: World) -> None:
    status, problem, text = await _post(world, f"/things/{TOLVAN}?limit=99x", json={"count": 1})

    assert status == 422
    assert {error["pointer"] for error in problem["errors"]} == {"/path/thing_id", "/query/limit"}
    assert TOLVAN not in text
    assert "99x" not in text


async def test_bodies_that_are_unions_or_lists_are_read_as_json(world: World) -> None:
    visit = await _post(world, "/contacts", json={"kind": "visit", "at": "2026-01-31"})
    wrong = await _post(world, "/contacts", json={"kind": SECRET})
    numbers = await _post(world, "/numbers", json=[1, 2])

    assert visit[:2] == (200, {"kind": "visit"})
    assert wrong[0] == 422
    assert SECRET not in wrong[2]
    assert numbers[:2] == (200, [1, 2])


@pytest.mark.parametrize(
    "content", [b"{", b'{"count": 1,}', b"\xff\xfe", b"NaN,", b'{"count": 1} x', b"[" * 500]
)
async def test_what_is_no_json_is_malformed(world: World, content: bytes) -> None:
    status, problem, _ = await _post(world, content=content, headers={"Content-Type": "application/json"})

    assert (status, problem["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"]
)
async def test_another_media_type_is_refused(world: World, media: str) -> None:
    status, problem, _ = await _post(world, content=b'{"count": 1}', headers={"Content-Type": media})

    assert (status, problem["code"]) == (415, "media-type-not-supported")


async def test_a_json_type_with_parameters_or_suffix_is_json(world: World) -> None:
    for media in ("application/json; charset=utf-8", "application/merge-patch+json"):
        status, _, _ = await _post(world, content=b'{"count": 1}', headers={"Content-Type": media})
        assert status == 200


async def test_the_caller_is_asked_for_before_the_body_is_read(world: World) -> None:
    async with world.api(_refusals()) as api:
        answer = await api.post("/things/a", content=b"{", headers={"Content-Type": "application/json"})

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/things/a", "/raw"])
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_is_refused_declared_or_not(
    world: World, path: str, *, declared: bool
) -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * 100

    content = b" " * 2000 if declared else pieces()
    status, problem, _ = await _post(
        world, path, content=content, headers={"Content-Type": "application/json"}
    )

    assert (status, problem["code"]) == (413, "body-too-large")


async def test_a_body_declared_too_large_is_refused_though_nobody_would_read_it(world: World) -> None:
    status, _, _ = await _post(world, "/unread", content=b" " * 2000)

    assert status == 413


async def test_unknown_routes_and_methods_are_problems(world: World) -> None:
    async with world.api(_refusals()) as api:
        unknown = await api.get(f"/residents/{TOLVAN}")
        trailing = await api.post("/raw/")
        method = await api.delete("/things/a")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "route-not-found")
    assert TOLVAN not in unknown.text
    assert trailing.status_code == 404
    assert (method.status_code, method.json()["code"]) == (405, "method-not-allowed")
    assert method.headers["Allow"] == "POST"


async def test_what_nobody_foresaw_tells_only_its_trace(world: World) -> None:
    async with world.api(_refusals()) as api:
        answer = await api.get("/broken")

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "unexpected")
    assert re.fullmatch("[0-9a-f]{32}", problem["instance"])
    assert SECRET not in answer.text
    assert "RuntimeError" not in answer.text
