"""Practice stays practice: no moment and no version that was only tried gets out of the training publishing unit."""

import httpx
import pytest

from contracts.access import Role
from services.moments.tests.test_definitions import SMALL
from services.moments.tests.test_open_programs import OPEN, opens
from services.moments.tests.test_publishing_units import SCHOOL, TINA, TORE, a_school, publishes, told
from services.moments.tests.world import ANNA, IVAR, JOHAN, KLARA, OLGA, OTHER_UNIT, PELLE, UNIT, World


async def hands_over(world: World, moment: str, by: str, here: str, there: str) -> httpx.Response:
    path = f"/moments/{moment}/hand-over"
    return await world.call("POST", path, world.staff(by, here), {"unit_id": there}, version=1)


@pytest.mark.rule("R34")
async def test_no_moment_is_handed_over_between_practice_and_care(world: World) -> None:
    await a_school(world)
    for unit in (UNIT, SCHOOL):
        await world.offers("tobakshjalpen", "9.0", unit)
    of_care = await world.started(OLGA)
    of_practice = await world.started(PELLE, by=TINA, unit=SCHOOL)

    into = await hands_over(world, of_care, ANNA, UNIT, SCHOOL)
    out = await hands_over(world, of_practice, TINA, SCHOOL, UNIT)

    assert [told(each) for each in (into, out)] == [(409, "unit-for-practice")] * 2


@pytest.mark.rule("R33", "R34", "R35")
async def test_a_version_that_was_only_tried_goes_on_in_no_care_whichever_unit_practises_now(
    world: World,
) -> None:
    await a_school(world)
    await world.grants(JOHAN, Role.PUBLISHER, unit=OTHER_UNIT, by=KLARA)
    for version in ("1.0", "2.0"):
        await world.uploads(SMALL.replace('"1.0"', f'"{version}"'))
    await publishes(world, TINA, SCHOOL)
    await world.offers("prov", "1.0", SCHOOL)
    tried = await world.started(OLGA, program="prov", by=TINA, unit=SCHOOL)
    await publishes(world, IVAR, UNIT, "2.0")
    for unit in (UNIT, SCHOOL):
        await world.offers("prov", "2.0", unit)
    of_care = await world.started(PELLE, program="prov", by=TINA, unit=SCHOOL)
    await world.names(OTHER_UNIT, "practice")
    await world.uploads(SMALL.replace('"1.0"', '"3.0"'))
    await publishes(world, IVAR, UNIT, "3.0")
    await world.offers("prov", "3.0")
    await world.unpublishes("prov", "2.0")

    refused, goes_on = [await hands_over(world, each, TINA, SCHOOL, UNIT) for each in (tried, of_care)]

    assert told(refused) == (409, "program-for-practice")
    assert goes_on.status_code == 201


@pytest.mark.rule("R34", "R32")
async def test_who_is_the_training_publishing_unit_no_more_starts_what_it_is_approved_for(
    world: World,
) -> None:
    await a_school(world)
    await world.grants(JOHAN, Role.PUBLISHER, unit=OTHER_UNIT, by=KLARA)
    await world.uploads(f"shared_with: unit\n{SMALL}")
    await publishes(world, IVAR, UNIT)
    await world.offers("prov", "1.0", SCHOOL)
    tried = await world.starts(OLGA, "prov", by=TINA, unit=SCHOOL)
    await world.names(OTHER_UNIT, "practice")

    refused = await world.starts(PELLE, "prov", by=TINA, unit=SCHOOL)

    assert (tried.status_code, told(refused)) == (201, (409, "program-not-approved"))


@pytest.mark.rule("R34")
async def test_practice_is_offered_to_no_resident(world: World) -> None:
    await a_school(world)
    await world.grants(TINA, Role.PUBLISHER, Role.RESIDENT_ADMIN, unit=SCHOOL, by=TORE)
    await world.uploads(OPEN)
    await publishes(world, TINA, SCHOOL)
    await world.offers("prov", "1.0", SCHOOL)

    opened = await world.call("PUT", "/programs/prov/openness", world.staff(TINA, SCHOOL), {})

    assert told(opened) == (409, "unit-for-practice")


@pytest.mark.rule("R34")
async def test_what_a_unit_has_opened_is_offered_no_more_when_it_is_for_practice(world: World) -> None:
    await opens(world)
    before = await world.reads("/me/programs", world.resident(OLGA))
    await world.grants(JOHAN, Role.PUBLISHER, unit=OTHER_UNIT, by=KLARA)
    await world.names(OTHER_UNIT)

    await world.names(UNIT, "practice")

    assert [row["program_id"] for row in before] == ["prov"]
    assert await world.reads("/me/programs", world.resident(OLGA)) == []
