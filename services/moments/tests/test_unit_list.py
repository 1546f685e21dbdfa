"""The region's units, categories of a unit, and my own profile."""

from datetime import date

import pytest

from chassis.testing import said
from contracts.access import Permission
from contracts.moments import UnitActivated, UnitInactivated
from services.moments.tests.world import (
    ANNA,
    CECILIA,
    EVA,
    KARIN,
    OLGA,
    OTHER_UNIT,
    PELLE,
    UNIT,
    World,
)
from services.moments.units.domain.unit import care_giver_of


async def inactivates(world: World) -> None:
    response = await world.call("POST", f"/units/{UNIT}/inactivate", world.staff(KARIN))
    assert response.status_code == 200 and response.json()["active"] is False


async def units(world: World, query: str = "") -> list[str]:
    page = await world.reads(f"/units?{query}", world.staff(KARIN))
    return [row["name"] for row in page["items"]]


@pytest.mark.rule("R264", "R283")
async def test_the_administrator_lists_units_with_type_and_validity(world: World) -> None:
    entry = world.directory.units[UNIT]
    world.directory.units[UNIT] = type(entry)(UNIT, entry.name, "Region", "Vårdenhet", date(2030, 1, 1))
    await world.activates(UNIT, CECILIA)

    page = await world.reads("/units?state=active", world.staff(KARIN))

    assert [(row["name"], row["kind"], row["valid_until"]) for row in page["items"]] == [
        ("Vårdcentralen Lindholmen", "Vårdenhet", "2030-01-01"),
        ("Psykiatrimottagningen Hisingen", None, None),
    ]
    assert {row["care_giver"] for row in page["items"]} == {"2321000131"}


async def test_units_are_found_by_state_and_words_and_come_in_pages(world: World) -> None:
    await inactivates(world)

    assert await units(world, "state=inactive") == ["Vårdcentralen Lindholmen"]
    assert await units(world, "q=hising") == ["Psykiatrimottagningen Hisingen"]
    assert await units(world, "q=.*") == []
    assert (await world.call("GET", "/units?q=%00", world.staff(KARIN))).status_code == 422
    first = await world.reads("/units?limit=1", world.staff(KARIN))
    rest = await units(world, f"limit=1&cursor={first['next']}")
    assert (len(first["items"]), rest) == (1, ["Psykiatrimottagningen Hisingen"])


async def test_nothing_new_begins_at_an_inactivated_unit_and_what_runs_goes_on(world: World) -> None:
    moment = await world.started(OLGA)
    await inactivates(world)

    refused, ended = await world.starts(PELLE), await world.ends(moment)

    assert (refused.status_code, refused.json()["code"]) == (409, "unit-inactive")
    assert ended.status_code == 200
    (inactivated,) = await said(world.room, UnitInactivated)
    assert (inactivated.unit_id, inactivated.by) == (UNIT, KARIN)


async def test_a_reactivated_unit_has_its_roles_again(world: World) -> None:
    await inactivates(world)

    response = await world.call("POST", f"/units/{UNIT}/reactivate", world.staff(KARIN))

    assert response.json()["active"] is True
    assert (await world.starts()).status_code == 201
    assert len(await said(world.room, UnitActivated)) == 3


@pytest.mark.rule("R266")
async def test_a_unit_is_never_removed(world: World) -> None:
    await inactivates(world)

    response = await world.call("DELETE", f"/units/{UNIT}", world.staff(KARIN))

    assert response.status_code == 405
    assert len(await units(world)) == 2


async def test_only_the_regions_administrator_sees_and_changes_units(world: World) -> None:
    for method, path in (("GET", "/units"), ("POST", f"/units/{UNIT}/inactivate")):
        assert (await world.call(method, path, world.staff(CECILIA))).status_code == 403


@pytest.mark.rule("R359", "R360")
@pytest.mark.parametrize("hsa_id", ["SE2321000131-E000000000001", "SE162321000131-abcdef"])
def test_the_care_giver_is_the_organisation_number_of_the_hsa_id(hsa_id: str) -> None:
    assert care_giver_of(hsa_id) == "2321000131"


@pytest.mark.rule("R190", "R201", "R230")
async def test_my_profile_has_what_hsa_says_and_where_i_work(world: World) -> None:
    profile = await world.reads("/me/profile", world.staff(ANNA))

    assert (profile["name"], profile["email"], profile["unit_name"]) == (
        "Anna Andersson",
        "anna@region.example",
        "Vårdcentralen Lindholmen",
    )
    world.directory.members[ANNA] = type(world.directory.members[ANNA])(ANNA, "Anna Ny", frozenset({UNIT}))
    assert (await world.reads("/me/profile", world.staff(ANNA)))["email"] is None


@pytest.mark.rule("R344", "R278")
async def test_i_see_the_units_i_can_choose_and_what_i_may_do_there(world: World) -> None:
    entry = world.directory.members[ANNA]
    both = frozenset({UNIT, OTHER_UNIT, "SE2321000131-E000000000077"})
    world.directory.members[ANNA] = type(entry)(ANNA, entry.name, both)

    profile = await world.reads("/me/profile", world.staff(ANNA))

    there, here = profile["units"]
    assert (there["unit_id"], there["roles"]) == (OTHER_UNIT, [])
    assert (here["unit_id"], here["roles"]) == (UNIT, ["practitioner"])
    assert Permission.CONDUCT_MOMENT in here["permissions"] and there["permissions"] == []


@pytest.mark.rule("R261")
async def test_a_resident_administrator_makes_categories(world: World) -> None:
    body = {"categories": [{"name": "Nybesök"}, {"name": " Uppföljning "}]}

    decided = await world.call("PUT", "/categories", world.staff(EVA), body)

    assert [row["name"] for row in decided.json()["categories"]] == ["Nybesök", "Uppföljning"]
    assert await world.reads("/categories") == decided.json()
    stale = await world.call("PUT", "/categories", world.staff(EVA), body, version=7)
    same = {"categories": [{"name": "Ett"}, {"name": "ETT"}]}
    twice = await world.call("PUT", "/categories", world.staff(EVA), same)
    assert [r.json()["code"] for r in (stale, twice)] == ["stale-categories", "category-twice"]
    assert (await world.call("PUT", "/categories", world.staff(ANNA), body)).status_code == 403
