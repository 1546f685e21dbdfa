"""Units and roles over HTTP, on the real database."""

from typing import Any

import pytest

from chassis.testing import said
from contracts.access import Role
from contracts.moments import RolesGranted, UnitActivated
from services.moments.tests.world import (
    ANNA,
    BJORN,
    CECILIA,
    EVA,
    JOHAN,
    KARIN,
    KLARA,
    OTHER_UNIT,
    UNIT,
    World,
    an_empty_world,
)


def roles_in(answer: Any) -> dict[str, list[str]]:
    return {row["person_id"]: row["roles"] for row in answer["staff"]}


@pytest.mark.rule("R265", "R283")
async def test_the_regions_administrator_activates_a_unit_and_names_who_gives_its_roles(
    empty_world: World,
) -> None:
    world = empty_world

    response = await world.activates(UNIT, CECILIA)

    assert response.status_code == 200
    assert roles_in(response.json()) == {CECILIA: ["permission_admin"]}
    at, by = world.room.clock.now(), KARIN
    assert await said(world.room) == [
        UnitActivated(unit_id=UNIT, at=at, by=by),
        RolesGranted(unit_id=UNIT, person_id=CECILIA, roles=[Role.PERMISSION_ADMIN], at=at, by=by),
    ]


async def test_activating_again_says_nothing_and_adds_who_is_named(empty_world: World) -> None:
    world = empty_world
    await world.activates(UNIT, CECILIA)
    await world.activates(UNIT, CECILIA)

    response = await world.activates(UNIT, ANNA)

    assert roles_in(response.json()) == {ANNA: ["permission_admin"], CECILIA: ["permission_admin"]}
    assert len(await said(world.room, UnitActivated)) == 1
    assert len(await said(world.room, RolesGranted)) == 2


@pytest.mark.rule("R258")
async def test_a_unit_outside_the_hsa_directory_is_not_activated(empty_world: World) -> None:
    response = await empty_world.activates("SE2321000131-E000000000099", CECILIA)

    assert (response.status_code, response.json()["code"]) == (404, "unit-not-in-directory")


@pytest.mark.parametrize(
    ("administrator", "status", "code"),
    [
        ("SE2321000131-P000000000999", 404, "staff-not-in-directory"),
        (JOHAN, 409, "not-at-unit"),
        ("nobody", 422, "invalid"),
    ],
)
async def test_a_permission_administrator_has_a_care_assignment_at_the_unit(
    empty_world: World, administrator: str, status: int, code: str
) -> None:
    response = await empty_world.activates(UNIT, administrator)

    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_nobody_else_activates_units(world: World) -> None:
    body = {"permission_administrators": [CECILIA]}

    response = await world.call("PUT", f"/units/{UNIT}", world.staff(CECILIA), body)

    assert (response.status_code, response.json()["code"]) == (403, "permission-missing")


@pytest.mark.rule("R267", "R268", "R278")
async def test_a_role_works_as_soon_as_it_is_given(world: World) -> None:
    before = await world.reads("/practitioners")
    await world.grants(EVA, Role.RESIDENT_ADMIN, Role.PRACTITIONER)

    assert EVA not in {row["person_id"] for row in before}
    assert (await world.starts(by=EVA, practitioner="me")).status_code == 201


@pytest.mark.rule("R280")
async def test_taking_the_last_role_away_is_said_with_an_empty_list(world: World) -> None:
    response = await world.grants(BJORN)

    assert response.status_code == 200 and BJORN not in roles_in(response.json())
    *_, last = await said(world.room, RolesGranted)
    assert (last.person_id, last.roles) == (BJORN, [])


@pytest.mark.rule("R282")
@pytest.mark.decision("D36")
async def test_the_last_permission_administrator_cannot_be_removed(world: World) -> None:
    response = await world.grants(CECILIA, Role.PRACTITIONER)

    assert (response.status_code, response.json()["code"]) == (409, "last-permission-administrator")


@pytest.mark.rule("R275")
@pytest.mark.decision("D36")
async def test_roles_that_too_few_hold_are_warned_of(world: World) -> None:
    answer = await world.reads(f"/units/{UNIT}/staff", world.staff(CECILIA))

    assert [warning["text"] for warning in answer["warnings"]] == [
        "Minst två personer bör ha rollen resident_admin. Nu är antalet 1.",
        "Minst två personer bör ha rollen permission_admin. Nu är antalet 1.",
        "Minst två personer bör ha rollen data_admin. Nu är antalet 0.",
    ]


@pytest.mark.rule("R283")
async def test_nobody_is_made_the_regions_administrator_at_a_unit(world: World) -> None:
    response = await world.grants(CECILIA, Role.PERMISSION_ADMIN, Role.CAREGIVER_ADMIN)

    assert (response.status_code, response.json()["code"]) == (422, "regional-role")


async def test_roles_are_given_at_the_own_unit_only(world: World) -> None:
    response = await world.call(
        "PUT",
        f"/units/{OTHER_UNIT}/staff/{JOHAN}/roles",
        world.staff(CECILIA),
        {"roles": ["practitioner"]},
    )

    assert (response.status_code, response.json()["code"]) == (404, "unit-not-found")


@pytest.mark.rule("R277")
async def test_who_gives_roles_holds_that_permission(world: World) -> None:
    response = await world.grants(ANNA, Role.DATA_ADMIN, by=ANNA)

    assert response.status_code == 403


async def test_who_works_elsewhere_gets_no_role_here(world: World) -> None:
    response = await world.grants(JOHAN, Role.PRACTITIONER)

    assert (response.status_code, response.json()["code"]) == (409, "not-at-unit")


async def test_who_has_left_the_directory_can_only_lose_roles(world: World) -> None:
    del world.directory.members[BJORN]

    more = await world.grants(BJORN, Role.PRACTITIONER, Role.DATA_ADMIN)
    fewer = await world.grants(BJORN)

    assert (more.status_code, fewer.status_code) == (404, 200)


async def test_who_has_read_older_roles_is_refused(world: World) -> None:
    seen = await world.call("GET", f"/units/{UNIT}/staff", world.staff(CECILIA))
    version = int(seen.headers["ETag"].strip('"'))
    await world.grants(BJORN, Role.PRACTITIONER, Role.DATA_ADMIN)

    response = await world.grants(EVA, Role.RESIDENT_ADMIN, Role.DATA_ADMIN, version=version)

    assert (response.status_code, response.json()["code"]) == (412, "stale-unit")


async def test_staff_see_their_own_unit_and_the_administrator_every_one(world: World) -> None:
    path = f"/units/{OTHER_UNIT}/staff"

    assert (await world.call("GET", path, world.staff(CECILIA))).status_code == 404
    assert KLARA in roles_in(await world.reads(path, world.staff(KARIN)))


@pytest.mark.rule("R47")
async def test_practitioners_are_listed_by_name_with_the_hsa_id_in_brackets(world: World) -> None:
    answer = await world.reads("/practitioners", world.staff(EVA))

    assert [row["label"] for row in answer] == [f"Anna Andersson ({ANNA})", f"Björn Berg ({BJORN})"]


async def test_another_region_has_no_such_unit(mongo_url: str, tenant: str) -> None:
    async with an_empty_world(mongo_url, tenant, f"{tenant}x") as world:
        await world.activates(UNIT, CECILIA)

        response = await world.call("GET", f"/units/{UNIT}/staff", world.staff(KARIN, tenant=f"{tenant}x"))

    assert response.status_code == 404
