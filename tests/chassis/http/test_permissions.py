"""Who may do what, and that no endpoint is without a need."""

from typing import Annotated

import pytest
from fastapi import APIRouter

from chassis.http.app import create_app
from chassis.http.identity import Resident, Staff
from chassis.http.permissions import (
    Needs,
    NeedsAdministrator,
    NeedsResident,
    NeedsStaff,
    Public,
    RememberedGrants,
)
from chassis.http.routing import RouteError, Router, RouteWithoutNeedError, needs_of
from tests.chassis.http.edge import ADAM, ANNA, UNIT, Granted, Permission, Role, World, a_world

OTHER_UNIT = "SE2321000131-E000000000002"


def _router() -> Router:
    router = Router()

    @router.get("/things")
    async def see(caller: Annotated[Staff, Needs(Permission.SEE)]) -> dict[str, str]:
        return {"who": caller.hsa_id, "unit": caller.unit}

    @router.post("/units")
    async def activate(caller: Annotated[Staff, Needs(Permission.ACTIVATE)]) -> dict[str, str]:
        return {"who": caller.hsa_id}

    @router.get("/region")
    async def administer(caller: Annotated[Staff, NeedsAdministrator()]) -> dict[str, str]:
        return {"who": caller.hsa_id}

    @router.get("/me")
    async def me(caller: Annotated[Staff, NeedsStaff()]) -> dict[str, str]:
        return {"who": caller.hsa_id}

    @router.get("/mine")
    async def mine(caller: Annotated[Resident, NeedsResident()]) -> dict[str, str]:
        return {"who": caller.resident_id}

    @router.get("/open", dependencies=[Public()])
    async def everyone() -> dict[str, str]:
        return {"who": "anyone"}

    return router


@pytest.fixture
def world() -> World:
    return a_world()


async def test_staff_with_the_permission_at_their_unit_are_admitted(world: World) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/things", headers=world.vgr.staff())

    assert (answer.status_code, answer.json()) == (200, {"who": ANNA, "unit": UNIT})


@pytest.mark.parametrize("path", ["/things", "/region", "/me", "/mine"])
async def test_without_a_token_nobody_is_admitted(world: World, path: str) -> None:
    async with world.api(_router()) as api:
        answer = await api.get(path)

    assert (answer.status_code, answer.json()["code"]) == (401, "missing-token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sob"'


async def test_a_token_that_is_no_good_says_so_in_its_challenge(world: World) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/things", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_an_expired_token_is_refused(world: World) -> None:
    async with world.api(_router()) as api:
        answer = await api.get(
            "/things", headers=world.vgr.staff(exp=int(world.clock.now().timestamp()) - 60)
        )

    assert (answer.status_code, answer.json()["code"]) == (401, "expired-token")


@pytest.mark.parametrize("unit", [OTHER_UNIT, None])
async def test_a_role_counts_at_its_own_unit_only(world: World, unit: str | None) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/things", headers=world.vgr.staff(unit=unit))

    assert (answer.status_code, answer.json()["code"]) == (403, "permission-missing")


async def test_who_chose_no_unit_holds_no_role(world: World) -> None:
    world.grants.given["vgr", "", ANNA] = frozenset({Role.NURSE})

    async with world.api(_router()) as api:
        answer = await api.get("/things", headers=world.vgr.staff(unit=None))

    assert answer.status_code == 403


async def test_a_role_counts_in_its_own_region_only(world: World) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/things", headers=world.rjl.staff())

    assert answer.status_code == 403


async def test_a_resident_is_no_staff_and_staff_are_no_residents(world: World) -> None:
    async with world.api(_router()) as api:
        as_resident = [
            await api.get(path, headers=world.vgr.resident()) for path in ("/things", "/region", "/me")
        ]
        as_staff = await api.get("/mine", headers=world.vgr.staff())
        mine = await api.get("/mine", headers=world.vgr.resident())

    assert {(each.status_code, each.json()["code"]) for each in as_resident} == {(403, "staff-only")}
    assert (as_staff.status_code, as_staff.json()["code"]) == (403, "resident-only")
    assert mine.status_code == 200


@pytest.mark.parametrize("unit", [UNIT, None])
async def test_an_administrator_in_the_tenant_file_holds_the_administrators_role_everywhere(
    world: World, unit: str | None
) -> None:
    async with world.api(_router()) as api:
        activate = await api.post("/units", headers=world.vgr.staff(ADAM, unit))
        administer = await api.get("/region", headers=world.vgr.staff(ADAM, unit))
        see = await api.get("/things", headers=world.vgr.staff(ADAM, unit))

    assert (activate.status_code, administer.status_code, see.status_code) == (200, 200, 403)


async def test_who_is_not_in_the_tenant_file_is_no_administrator(world: World) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/region", headers=world.vgr.staff())

        activate = await api.post("/units", headers=world.vgr.staff())

    assert (answer.status_code, answer.json()["code"]) == (403, "not-administrator")
    assert activate.status_code == 403


async def test_everyone_may_see_what_is_declared_public(world: World) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/open")

    assert answer.status_code == 200


async def test_roles_are_asked_for_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("chassis.http.permissions.time.monotonic", lambda: now[0])
    known = Granted({("vgr", UNIT, ANNA): frozenset({Role.NURSE})})
    grants = RememberedGrants(known)

    assert await grants.roles("vgr", UNIT, ANNA) == await grants.roles("vgr", UNIT, ANNA)
    known.given.clear()
    now[0] += 1.1

    assert await grants.roles("vgr", UNIT, ANNA) == frozenset()
    assert known.asked == 2


def test_every_route_names_its_need_and_the_document_repeats_it(world: World) -> None:
    app = create_app("things", [_router()], world.access)

    needs = {path: need.name for _, path, need in needs_of(app) if need is not None}
    document = app.openapi()["paths"]

    assert needs == {
        "/things": "thing.see",
        "/units": "unit.activate",
        "/region": "administrator",
        "/me": "staff",
        "/mine": "resident",
        "/open": "public",
        "/health/live": "public",
        "/health/ready": "public",
        "/metrics": "public",
    }
    assert document["/things"]["get"]["x-permission"] == "thing.see"
    assert document["/things"]["get"]["security"] == [{"bearer": []}]
    assert document["/open"]["get"]["security"] == []


def test_the_document_names_every_refusal_that_follows_from_a_route(world: World) -> None:
    document = create_app("things", [_router()], world.access).openapi()

    answers = document["paths"]["/things"]["get"]["responses"]
    refused = answers["403"]["content"]["application/problem+json"]
    assert refused["schema"]["allOf"][1]["properties"]["code"]["enum"] == ["permission-missing", "staff-only"]
    assert list(answers["401"]["headers"]) == ["WWW-Authenticate"]
    assert "401" not in document["paths"]["/open"]["get"]["responses"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_a_route_without_a_need_cannot_be_declared() -> None:
    with pytest.raises(RouteWithoutNeedError, match="/naked declares 0 needs"):

        @Router().get("/naked")
        async def naked() -> None: ...


def test_a_route_with_two_needs_cannot_be_declared() -> None:
    with pytest.raises(RouteWithoutNeedError, match="declares 2 needs"):

        @Router().get("/both", dependencies=[Public()])
        async def both(caller: Annotated[Staff, NeedsStaff()]) -> None: ...


def test_an_endpoint_that_would_take_a_thread_cannot_be_declared() -> None:
    with pytest.raises(RouteError, match="async def"):

        @Router().get("/slow", dependencies=[Public()])
        def slow() -> None: ...


def test_a_plain_router_cannot_be_served(world: World) -> None:
    plain = APIRouter()

    @plain.get("/plain")
    async def unguarded() -> None: ...

    with pytest.raises(RouteError, match="declare it on a Router"):
        create_app("things", [plain], world.access)  # type: ignore[list-item]


def test_a_router_within_a_router_cannot_be_served(world: World) -> None:
    outer = Router(prefix="/outer")
    outer.include_router(_router())

    with pytest.raises(RouteError, match="declare it on a Router"):
        create_app("things", [outer], world.access)
