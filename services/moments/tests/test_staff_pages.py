"""The pages of the staff manual that stand on this service: each is there in few calls, and one leads to the next."""

from typing import Any

import pytest

from services.moments.tests.world import ANNA, BJORN, EVA, OLGA, World

FITTED = "Hej Olga, vi hörs på torsdag!"


async def answers(world: World, method: str, path: str, body: Any, version: int, by: str = ANNA) -> int:
    """The version after a change that succeeds."""
    response = await world.call(method, path, world.staff(by), body, version=version)
    assert response.status_code == 200, response.text
    return int(response.json()["version"])


@pytest.mark.rule("R41")
async def test_what_the_start_form_asks_for_is_there_and_the_moment_is_at_once_among_mine(
    world: World,
) -> None:
    before = await world.reads("/moments?list=mine")
    practitioners = await world.reads("/practitioners")
    programs = (await world.reads("/programs?list=active"))["items"]
    found = await world.call("POST", "/residents/lookup", world.staff(ANNA), {"personnummer": OLGA})

    moment = await world.started(
        found.json()["personnummer"],
        program=programs[0]["program_id"],
        practitioner=practitioners[0]["person_id"],
    )

    assert before["items"] == []
    assert [row["moment_id"] for row in (await world.reads("/moments?list=mine"))["items"]] == [moment]


@pytest.mark.rule("R42")
async def test_a_program_read_in_the_catalogue_is_started_as_it_names_itself(world: World) -> None:
    read = await world.reads("/programs/tobakshjalpen/versions/9.0")

    moment = await world.started(program=read["program_id"])

    assert (await world.reads(f"/moments/{moment}"))["program_version"] == read["version"]


@pytest.mark.rule("R54")
async def test_a_start_leads_to_the_moment_and_there_it_is_fitted_to_the_resident(world: World) -> None:
    started = await world.starts()
    address = started.headers["Location"]
    opened = await world.reads(address)

    version = await answers(world, "PUT", f"{address}/welcome", {"text": FITTED}, opened["version"])
    await answers(world, "PUT", f"{address}/modules/steg-1/days", {"days_left": 30}, version)

    fitted = await world.reads(address)
    assert fitted["welcome"]["text"] == FITTED
    assert {module["code"]: module["days_left"] for module in fitted["modules"]}["steg-1"] == 30


@pytest.mark.rule("R240")
async def test_a_row_of_the_list_leads_into_the_moment_as_it_is_managed(world: World) -> None:
    await world.started()
    (row,) = (await world.reads("/moments?list=mine"))["items"]

    opened = await world.reads(f"/moments/{row['moment_id']}")

    assert opened["resident"] == row["resident"]
    assert {"modules", "progress", "welcome", "todo"} <= opened.keys()


@pytest.mark.rule("R246")
async def test_managing_a_moment_shows_what_is_done_begun_and_left_and_starts_and_ends_modules(
    world: World,
) -> None:
    moment = await world.started()
    address = f"/moments/{moment}"
    opened = await world.reads(address)
    module = next(each for each in opened["modules"] if each["state"] == "ongoing")
    step = next(each for each in module["steps"] if each["visible"])

    await world.reads(
        f"/me/moments/{moment}/modules/{module['code']}/steps/{step['code']}", world.resident(OLGA)
    )
    after = await world.reads(address)
    version = await answers(world, "POST", f"{address}/modules/{module['code']}/end", None, after["version"])
    await answers(world, "POST", f"{address}/modules/diabetes/start", {}, version)

    read = {
        (each["code"], page["code"]): page["read_at"] is not None
        for each in after["modules"]
        for page in each["steps"]
    }
    assert [place for place, is_read in read.items() if is_read] == [(module["code"], step["code"])]
    assert after["progress"]["steps_read"] == 1
    states = {each["code"]: each["state"] for each in (await world.reads(address))["modules"]}
    assert (states[module["code"]], states["diabetes"]) == ("ended", "ongoing")


@pytest.mark.rule("R257")
async def test_the_practitioner_is_changed_from_the_list(world: World) -> None:
    moment = await world.started()
    await world.call("PUT", f"/moments/{moment}/welcome", world.staff(ANNA), {"text": FITTED}, version=1)
    (row,) = (await world.reads("/moments?list=all", world.staff(EVA)))["items"]

    path = f"/moments/{row['moment_id']}/practitioner"
    version = await answers(world, "PUT", path, {"practitioner_id": BJORN}, row["version"], EVA)

    (after,) = (await world.reads("/moments?list=all", world.staff(EVA)))["items"]
    assert (after["version"], after["practitioner"]["person_id"]) == (version, BJORN)


@pytest.mark.rule("R291")
async def test_maintenance_is_set_from_the_page_that_manages_the_moment(world: World) -> None:
    moment = await world.started()
    opened = await world.reads(f"/moments/{moment}")
    ongoing = [module["code"] for module in opened["modules"] if module["state"] == "ongoing"]

    await answers(
        world, "POST", f"/moments/{moment}/maintain", {"days": 14, "modules": ongoing}, opened["version"]
    )

    managed = await world.reads(f"/moments/{moment}")
    assert (managed["state"], managed["maintenance"]["modules"]) == ("maintenance", sorted(ongoing))
