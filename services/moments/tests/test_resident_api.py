"""A moment over HTTP as its resident sees it: what is open, and nothing of days."""

from datetime import datetime
from typing import Any

import pytest

from services.moments.tests.world import (
    ANNA,
    OLGA,
    OTHER_UNIT,
    PELLE,
    SIXTEN,
    World,
    a_world,
)


@pytest.mark.rule("R66", "R78", "R372", "R57")
async def test_a_resident_sees_open_modules_and_shown_steps_and_no_days(mongo_url: str, tenant: str) -> None:
    async with a_world(mongo_url, tenant, programs=["artrosskolan"]) as world:
        moment = await world.started(program="artrosskolan")
        before = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))
        await world.starts_module(moment, "benovningar", 1, visible_steps=["knaboj", "tahavning"])
        after = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))
        path = f"/me/moments/{moment}/modules/benovningar/steps"
        shown = await world.call("GET", f"{path}/knaboj", world.resident(OLGA))
        hidden = await world.call("GET", f"{path}/steg-upp", world.resident(OLGA))

    assert [module["code"] for module in before["modules"]] == ["hoft-och-knaartros", "handartros"]
    *_, exercises = after["modules"]
    assert [step["code"] for step in exercises["steps"]] == ["knaboj", "tahavning"]
    assert (shown.status_code, hidden.status_code) == (200, 404)
    assert "days" not in str(after) and "handovningar" not in str(after)


@pytest.mark.rule("R59", "R60", "R365")
async def test_the_welcome_text_is_the_programs_until_it_is_edited_or_hidden(world: World) -> None:
    moment = await world.started()
    path, mine = f"/moments/{moment}/welcome", f"/me/moments/{moment}"

    async def seen() -> Any:
        return (await world.reads(mine, world.resident(OLGA)))["welcome_text"]

    default = await seen()
    await world.call("PUT", path, world.staff(ANNA), {"text": "Hej Olga!"}, version=1)
    edited = await seen()
    await world.call("PUT", path, world.staff(ANNA), {"text": "Hej Olga!", "hidden": True}, version=2)
    hidden = await seen()
    await world.call("PUT", path, world.staff(ANNA), {"text": None}, version=3)

    assert default.startswith("Hej och välkommen till Tobakshjälpen!")
    assert (edited, hidden, await seen()) == ("Hej Olga!", None, default)


@pytest.mark.rule("R236")
@pytest.mark.decision("D26")
async def test_reading_a_page_is_activity_and_mere_login_is_not(world: World) -> None:
    moment = await world.started()
    await world.reads(f"/me/moments/{moment}", world.resident(OLGA))
    before = await world.reads("/moments")
    path = f"/me/moments/{moment}/modules/om-behandlingen/steps/sa-har-gar-det-till"

    page = await world.reads(path, world.resident(OLGA))

    assert page["text"].startswith("Behandlingen har sju steg.")
    assert before["items"][0]["last_active_at"] is None
    row = (await world.reads("/moments"))["items"][0]
    assert datetime.fromisoformat(row["last_active_at"]) == world.room.clock.now()
    assert (await world.starts_module(moment, "steg-2", 1)).status_code == 200


@pytest.mark.rule("R66")
@pytest.mark.parametrize(
    "step", ["steg-2/steps/abstinens", "om-behandlingen/steps/okant", "okand/steps/abstinens"]
)
async def test_a_page_that_is_not_shown_does_not_exist_for_the_resident(world: World, step: str) -> None:
    moment = await world.started()

    response = await world.call("GET", f"/me/moments/{moment}/modules/{step}", world.resident(OLGA))

    assert response.status_code == 404


@pytest.mark.rule("R51")
async def test_the_first_visit_is_remembered_as_a_login(world: World) -> None:
    body = {"personnummer": SIXTEN}
    await world.started(SIXTEN)
    before = await world.call("POST", "/residents/lookup", world.staff(ANNA), body)

    visited = await world.reads("/me/moments", world.resident(SIXTEN))

    assert [row["program_name"] for row in visited] == ["Tobakshjälpen"]
    after = await world.call("POST", "/residents/lookup", world.staff(ANNA), body)
    assert "never-logged-in" in before.text and "never-logged-in" not in after.text


@pytest.mark.rule("R302")
async def test_a_resident_has_no_access_after_the_end_nor_to_anothers(world: World) -> None:
    moment = await world.started()
    own, others = world.resident(OLGA), world.resident(PELLE)

    assert (await world.call("GET", f"/me/moments/{moment}", others)).status_code == 404
    assert await world.reads("/me/moments", others) == []
    await world.ends(moment)
    gone = await world.call("GET", f"/me/moments/{moment}", own)
    assert (gone.status_code, await world.reads("/me/moments", own)) == (404, [])


async def test_residents_and_staff_have_their_own_doors(world: World) -> None:
    moment = await world.started()

    as_staff = await world.call("GET", "/me/moments", world.staff(ANNA))
    as_resident = await world.call("GET", f"/moments/{moment}", world.resident(OLGA))
    as_nobody = await world.call("GET", f"/moments/{moment}", {})

    assert (as_staff.json()["code"], as_resident.json()["code"]) == ("resident-only", "staff-only")
    assert as_nobody.status_code == 401


async def test_a_role_at_one_unit_is_no_role_at_another(world: World) -> None:
    response = await world.call("GET", "/moments", world.staff(ANNA, OTHER_UNIT))

    assert response.status_code == 403
