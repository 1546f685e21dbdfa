"""Practice stays practice: no moment and no version that was only tried gets out of the training publishing unit."""

import httpx
import pytest

from contracts.access import Role
from services.moments.programs.domain.release import ProgramForPracticeError
from services.moments.tests.test_definitions import SMALL
from services.moments.tests.test_open_programs import OPEN, opens
from services.moments.tests.test_publishing_units import SCHOOL, TINA, TORE, a_school, publishes, told
from services.moments.tests.test_release_chain import AT, a_release
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


async def ends(world: World, moment: str, by: str, unit: str) -> None:
    path = f"/moments/{moment}/end"
    ended = await world.call("POST", path, world.staff(by, unit), {"reason": "completed"}, version=1)
    assert ended.status_code == 200, ended.text


@pytest.mark.rule("R33", "R34")
async def test_a_unit_where_moments_of_care_run_is_not_named_for_practice(world: World) -> None:
    await world.grants(JOHAN, Role.PUBLISHER, Role.PRACTITIONER, unit=OTHER_UNIT, by=KLARA)
    await world.offers("tobakshjalpen", "9.0", OTHER_UNIT)
    moment = await world.started(OLGA, by=JOHAN, unit=OTHER_UNIT)

    refused = await world.names(OTHER_UNIT, "practice")
    before = await world.reads("/publishing-units", world.staff(IVAR))
    await ends(world, moment, JOHAN, OTHER_UNIT)
    named = await world.names(OTHER_UNIT, "practice")

    assert told(refused) == (409, "moments-running")
    assert OTHER_UNIT in refused.json()["text"]
    assert [row["purpose"] for row in before] == ["care"]
    assert named.status_code == 200


@pytest.mark.rule("R33", "R34")
async def test_no_other_unit_is_named_for_practice_while_anything_is_tried(world: World) -> None:
    await a_school(world)
    await world.grants(JOHAN, Role.PUBLISHER, unit=OTHER_UNIT, by=KLARA)
    await world.offers("tobakshjalpen", "9.0", SCHOOL)
    tried = await world.started(OLGA, by=TINA, unit=SCHOOL)

    refused = await world.names(OTHER_UNIT, "practice")
    profile = await world.reads("/me/profile", world.staff(TINA, SCHOOL))
    await ends(world, tried, TINA, SCHOOL)
    named = await world.names(OTHER_UNIT, "practice")

    assert told(refused) == (409, "moments-running")
    assert SCHOOL in refused.json()["text"]
    assert profile["units"][0]["for_practice"]
    assert named.status_code == 200


@pytest.mark.rule("R34")
async def test_the_publishing_unit_of_care_is_named_whatever_runs_there(world: World) -> None:
    await world.grants(JOHAN, Role.PUBLISHER, Role.PRACTITIONER, unit=OTHER_UNIT, by=KLARA)
    await world.offers("tobakshjalpen", "9.0", OTHER_UNIT)
    await world.started(OLGA, by=JOHAN, unit=OTHER_UNIT)
    await world.started(PELLE)

    assert (await world.names(OTHER_UNIT)).status_code == 200


@pytest.mark.rule("R33", "R34", "R35")
def test_a_version_that_was_only_tried_goes_on_in_no_care() -> None:
    tried, of_care = a_release(), a_release()
    tried.publish_for_practice(by=TINA, at=AT)
    of_care.publish(None, by=IVAR, at=AT)
    for release in (tried, of_care):
        release.unpublish(at=AT)

    with pytest.raises(ProgramForPracticeError):
        tried.must_go_on(here=SCHOOL, there=UNIT, in_practice=False)
    of_care.must_go_on(here=SCHOOL, there=UNIT, in_practice=False)


@pytest.mark.rule("R34", "R32")
async def test_who_is_the_training_publishing_unit_no_more_starts_what_it_is_approved_for(
    world: World,
) -> None:
    await a_school(world)
    await world.grants(JOHAN, Role.PUBLISHER, unit=OTHER_UNIT, by=KLARA)
    await world.uploads(f"shared_with: unit\n{SMALL}")
    await publishes(world, IVAR, UNIT)
    await world.offers("prov", "1.0", SCHOOL)
    tried = await world.started(OLGA, program="prov", by=TINA, unit=SCHOOL)
    await ends(world, tried, TINA, SCHOOL)
    await world.names(OTHER_UNIT, "practice")

    refused = await world.starts(PELLE, "prov", by=TINA, unit=SCHOOL)

    assert told(refused) == (409, "program-not-approved")


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
