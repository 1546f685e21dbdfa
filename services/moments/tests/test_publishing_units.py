"""Publishing units: from where programs are published, for care and for practice, and who must work there."""

import httpx
import pytest

from contracts.access import Role
from services.moments.directory import StaffEntry, UnitEntry
from services.moments.tests.test_definitions import SMALL
from services.moments.tests.test_release_chain import FEWER, MINOR
from services.moments.tests.world import (
    ANNA,
    CECILIA,
    HANNA,
    IVAR,
    JOHAN,
    KARIN,
    KLARA,
    OLGA,
    OTHER_UNIT,
    PELLE,
    UNIT,
    World,
    an_empty_world,
)

SCHOOL = "SE2321000131-E000000000009"
TINA = "SE2321000131-P000000000190"
TORE = "SE2321000131-P000000000191"


async def a_school(world: World) -> None:
    """A training publishing unit where Tina publishes and is a practitioner."""
    world.directory.units[SCHOOL] = UnitEntry(SCHOOL, "Utbildningsutgivaren", "Region")
    for person, name in ((TINA, "Tina Törn"), (TORE, "Tore Tall")):
        world.directory.members[person] = StaffEntry(person, name, frozenset({SCHOOL}))
    done = [
        await world.activates(SCHOOL, TORE),
        await world.grants(TINA, Role.PUBLISHER, Role.PRACTITIONER, unit=SCHOOL, by=TORE),
        await world.names(SCHOOL, "practice"),
    ]
    assert all(response.is_success for response in done), [response.text for response in done]


async def publishes(world: World, by: str, unit: str, version: str = "1.0") -> httpx.Response:
    return await world.call("POST", f"/programs/prov/versions/{version}/publish", world.staff(by, unit))


def told(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.rule("R34", "R285", "R33")
async def test_what_is_published_for_practice_runs_at_the_training_publishing_unit_alone(
    world: World,
) -> None:
    await a_school(world)
    await world.uploads(SMALL)

    tried = await publishes(world, TINA, SCHOOL)
    in_care, in_practice = await world.offers("prov", "1.0"), await world.offers("prov", "1.0", SCHOOL)

    assert (tried.status_code, tried.json()["state"]) == (200, "practice")
    assert told(in_care) == (409, "program-for-practice")
    assert in_practice.status_code == 200
    moment = await world.started(OLGA, program="prov", by=TINA, unit=SCHOOL)
    opened = await world.reads(f"/moments/{moment}", world.staff(TINA, SCHOOL))
    assert opened["state"] == "ongoing"
    assert (await world.reads("/me/moments", world.resident(OLGA)))[0]["moment_id"] == moment


@pytest.mark.rule("R33", "R34")
async def test_what_was_tried_is_what_the_publishing_unit_publishes(world: World) -> None:
    await a_school(world)
    await world.uploads(SMALL)
    await publishes(world, TINA, SCHOOL)

    changed = await world.uploads(SMALL.replace("Ett prov.", "Ett annat."))
    published = await publishes(world, IVAR, UNIT)

    assert told(changed) == (409, "program-published")
    assert published.json()["state"] == "published"
    assert (await world.offers("prov", "1.0")).status_code == 200
    assert (await world.starts(PELLE, "prov")).status_code == 201


async def test_the_catalogue_shows_what_is_for_practice_where_it_can_be_tried(world: World) -> None:
    await a_school(world)
    await world.uploads(SMALL)
    await publishes(world, TINA, SCHOOL)

    async def tab(which: str, unit: str) -> list[str]:
        page = await world.reads(f"/programs?list={which}&unit_id={unit}", world.staff(KARIN))
        return [row["program_id"] for row in page["items"]]

    before = await tab("available", UNIT), await tab("available", SCHOOL)
    await world.offers("prov", "1.0", SCHOOL)

    assert before == ([], ["prov", "tobakshjalpen"])
    assert await tab("active", SCHOOL) == ["prov"]


async def test_the_training_publishing_unit_takes_nothing_of_care_back(world: World) -> None:
    await a_school(world)
    await world.uploads(SMALL)
    await publishes(world, TINA, SCHOOL)
    of_practice = "/programs/prov/versions/1.0/unpublish"
    of_care = "/programs/tobakshjalpen/versions/9.0/unpublish"

    mine, theirs = [
        await world.call("POST", path, world.staff(TINA, SCHOOL)) for path in (of_practice, of_care)
    ]
    again = await world.call(
        "POST", "/programs/tobakshjalpen/versions/9.0/publish", world.staff(TINA, SCHOOL)
    )

    assert mine.json()["state"] == "unpublished"
    assert told(theirs) == (409, "program-in-care")
    assert again.json()["state"] == "published"


@pytest.mark.decision("D29")
async def test_what_was_only_tried_is_asked_as_if_new_when_it_is_published_for_care(world: World) -> None:
    await a_school(world)
    await world.uploads(SMALL)
    await publishes(world, IVAR, UNIT)
    await world.uploads(FEWER)
    await publishes(world, TINA, SCHOOL, "1.1")
    path = "/programs/prov/versions/1.1/unpublish"

    taken_back = [await world.call("POST", path, world.staff(TINA, SCHOOL)) for _ in range(2)]

    assert [(each.status_code, each.json()["state"]) for each in taken_back] == [(200, "unpublished")] * 2
    assert told(await publishes(world, IVAR, UNIT, "1.1")) == (409, "minor-breaks-program")


@pytest.mark.decision("D29")
async def test_what_was_only_tried_keeps_no_minor_version_from_moments_of_care(world: World) -> None:
    await a_school(world)
    await world.uploads(SMALL)
    await publishes(world, IVAR, UNIT)
    await world.offers("prov", "1.0")
    await world.started(OLGA, program="prov")
    await world.uploads(MINOR)
    await publishes(world, TINA, SCHOOL, "1.1")
    await world.uploads(SMALL.replace('"1.0"', '"1.2"'))
    await publishes(world, IVAR, UNIT, "1.2")

    applied = await world.call(
        "POST", f"/units/{UNIT}/programs/prov/apply-minor", world.staff(KARIN), {"version": "1.2"}
    )

    assert applied.json() == {"version": "1.2", "applied": 1, "remaining": 0}


@pytest.mark.rule("R34", "R35")
async def test_what_was_taken_back_from_care_is_not_brought_back_for_practice(world: World) -> None:
    await a_school(world)
    await world.unpublishes("tobakshjalpen", "9.0")
    path = "/programs/tobakshjalpen/versions/9.0"

    answers = [
        await world.call("POST", f"{path}/{what}", world.staff(TINA, SCHOOL))
        for what in ("publish", "unpublish")
    ]

    assert [told(each) for each in answers] == [(409, "program-in-care")] * 2
    page = await world.reads(f"/programs?list=unpublished&unit_id={UNIT}", world.staff(KARIN))
    assert [row["program_id"] for row in page["items"]] == ["tobakshjalpen"]


@pytest.mark.rule("R34")
async def test_publishers_of_other_units_publish_nothing(world: World) -> None:
    await world.grants(JOHAN, Role.PUBLISHER, unit=OTHER_UNIT, by=KLARA)
    await world.uploads(SMALL)

    refused = await publishes(world, JOHAN, OTHER_UNIT)

    assert told(refused) == (409, "not-publishing-unit")


@pytest.mark.rule("R34")
async def test_a_region_has_one_publishing_unit_for_each_purpose(world: World) -> None:
    await world.grants(JOHAN, Role.PUBLISHER, unit=OTHER_UNIT, by=KLARA)

    both = await world.names(UNIT, "practice")
    moved = await world.names(OTHER_UNIT)
    again = await world.names(OTHER_UNIT)

    assert told(both) == (409, "publishes-already")
    assert (moved.status_code, again.json()) == (200, moved.json())
    named = await world.reads("/publishing-units", world.staff(IVAR))
    assert [(row["purpose"], row["unit_id"]) for row in named] == [("care", OTHER_UNIT)]
    await world.uploads(SMALL)
    assert told(await publishes(world, IVAR, UNIT)) == (409, "not-publishing-unit")


@pytest.mark.rule("R284")
async def test_a_publishing_unit_has_a_publisher_and_never_loses_the_last(world: World) -> None:
    without = await world.names(OTHER_UNIT)
    last = await world.grants(IVAR)
    await world.grants(ANNA, Role.PUBLISHER)
    not_last = await world.grants(IVAR)

    assert told(without) == (409, "publishing-role-missing")
    assert (told(last), not_last.status_code) == ((409, "publishing-role-missing"), 200)


@pytest.mark.rule("R284")
async def test_content_of_its_own_takes_a_designer_and_a_permission_administrator_is_there(
    world: World,
) -> None:
    await world.grants(HANNA)

    refused = await world.uploads(SMALL, by=IVAR)
    (unit,) = await world.reads("/publishing-units", world.staff(IVAR))

    assert told(refused) == (409, "publishing-role-missing")
    assert "En utgivarenhet ska ha någon med rollen designer." in [
        warning["text"] for warning in unit["warnings"]
    ]
    alone = await world.grants(CECILIA)
    assert told(alone) == (409, "last-permission-administrator")


async def test_only_the_administrator_names_a_publishing_unit_and_only_an_active_one_of_the_region(
    world: World,
) -> None:
    refused = await world.names(UNIT, by=CECILIA)
    unknown = await world.names("SE2321000131-E000000000077")
    await world.call("POST", f"/units/{UNIT}/inactivate", world.staff(KARIN))
    await world.uploads(SMALL)

    assert refused.status_code == 403
    assert told(unknown) == (404, "unit-not-found")
    assert told(await publishes(world, IVAR, UNIT)) == (409, "unit-inactive")


async def test_another_regions_publishing_units_do_not_exist(mongo_url: str, tenant: str) -> None:
    other = f"{tenant}x"
    async with an_empty_world(mongo_url, tenant, other) as world:
        await world.activates(UNIT, CECILIA)
        await world.grants(IVAR, Role.PUBLISHER)
        await world.names(UNIT)
        theirs = world.staff(KARIN, tenant=other)

        named = await world.call("PUT", "/publishing-units/care", theirs, {"unit_id": UNIT})

        assert told(named) == (404, "unit-not-found")
        assert (await world.call("GET", "/publishing-units", theirs)).json() == []
