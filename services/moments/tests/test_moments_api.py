"""A moment that runs, over HTTP: listed, opened, conducted, handed over and ended."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.testing import clock_of, said
from contracts.moments import ModuleStarted, MomentEnded, PractitionerAssigned
from contracts.retention import AccessRecorded
from services.moments.tests.world import (
    ANNA,
    BJORN,
    CECILIA,
    EVA,
    IVAR,
    JOHAN,
    OLGA,
    OTHER_UNIT,
    PELLE,
    PROGRAMS,
    SIXTEN,
    UNIT,
    World,
    a_world,
)


async def starts_module(world: World, moment: str, code: str, version: int, **body: Any) -> Any:
    path = f"/moments/{moment}/modules/{code}/start"
    return await world.call("POST", path, world.staff(ANNA), body, version=version)


async def hands_over(world: World, moment: str, to: str, by: str, version: int = 1) -> Any:
    body = {"practitioner_id": to}
    return await world.call("PUT", f"/moments/{moment}/practitioner", world.staff(by), body, version=version)


@pytest.mark.rule("R232", "R233", "R234", "R235", "R236")
async def test_a_list_shows_name_masked_number_responsible_start_activity_and_flags(world: World) -> None:
    moment = await world.started()

    page = await world.reads("/moments?list=mine")

    assert page["counts"] == {"mine": 1, "all": 1, "ended": 0}
    (row,) = page["items"]
    assert row["resident"]["name"] == "Oskarsson, Olga"
    assert row["resident"]["personnummer"] == "19640823-XXXX"
    assert row["practitioner"] == {"person_id": ANNA, "name": "Anna Andersson"}
    assert datetime.fromisoformat(row["started_at"]) == world.room.clock.now()
    assert (row["moment_id"], row["last_active_at"], row["flags"]) == (moment, None, [])
    assert row["program_name"] == "Tobakshjälpen"


@pytest.mark.rule("R231", "R239", "R304")
@pytest.mark.decision("D12")
async def test_mine_are_mine_all_are_the_units_and_ended_are_apart(world: World) -> None:
    mine = await world.started(OLGA)
    bjorns = await world.started(PELLE, practitioner=BJORN)
    ended = await world.started(SIXTEN)
    await world.ends(ended)

    async def listed(which: str) -> set[str]:
        return {row["moment_id"] for row in (await world.reads(f"/moments?list={which}"))["items"]}

    assert await listed("mine") == {mine}
    assert await listed("all") == {mine, bjorns}
    assert await listed("ended") == {ended}
    assert (await world.reads("/moments"))["counts"] == {"mine": 1, "all": 2, "ended": 1}
    assert (await world.reads("/moments?list=all", world.staff(JOHAN, OTHER_UNIT)))["items"] == []


@pytest.mark.rule("R237")
async def test_a_list_is_newest_first_and_comes_in_pages_that_miss_nothing(world: World) -> None:
    made = []
    for at in range(5):
        # Two of each time, so that a page ends among equals.
        clock_of(world.room).advance(timedelta(minutes=at % 2))
        made.append(await world.started())
    seen: list[str] = []
    path = "/moments?limit=2"
    while path:
        page = await world.reads(path)
        seen += [row["moment_id"] for row in page["items"]]
        path = f"/moments?limit=2&cursor={page['next']}" if page["next"] else ""

    assert sorted(seen) == sorted(made) and len(seen) == 5
    assert seen[-1] == made[0] and set(seen[:2]) == set(made[3:])


@pytest.mark.rule("R333", "R335")
@pytest.mark.decision("D54")
async def test_every_reading_is_audited_by_whom_of_whom_and_where(world: World) -> None:
    moment = await world.started()
    await world.reads("/moments?list=all", world.staff(BJORN))
    await world.reads(f"/moments/{moment}", world.staff(BJORN))

    *_, listed, opened = await said(world.room, AccessRecorded)
    assert [listed.action, opened.action] == ["moment.listed", "moment.opened"]
    for record in (listed, opened):
        assert (record.actor_kind, record.actor_id, record.unit_id) == ("staff", BJORN, UNIT)
        assert (record.resident_id, record.moment_id) == (world.resident_id(OLGA), moment)


@pytest.mark.rule("R65", "R76", "R242", "R243", "R244", "R11", "R21")
async def test_an_opened_moment_shows_its_header_and_every_module(world: World) -> None:
    moment = await world.started()
    clock_of(world.room).advance(timedelta(days=3))

    opened = await world.reads(f"/moments/{moment}")

    assert (opened["program_name"], opened["program_version"]) == ("Tobakshjälpen", "9.0")
    assert opened["resident"]["name"] == "Oskarsson, Olga"
    assert opened["resident"]["personnummer"] == "19640823-XXXX"
    assert (opened["days_gone"], opened["recommended_days"], opened["last_active_at"]) == (3, 365, None)
    assert opened["module_counts"] == {"ongoing": 4, "upcoming": 16, "ended": 0}
    days = {module["code"]: (module["state"], module["days_left"]) for module in opened["modules"]}
    assert (days["om-behandlingen"], days["steg-2"]) == (("ongoing", 4), ("upcoming", 14))
    assert opened["welcome"]["text"].startswith("Hej och välkommen till Tobakshjälpen!")
    assert OLGA not in str(opened) and "9843" not in str(opened)


@pytest.mark.rule("R69", "R70", "R73")
async def test_modules_are_started_one_by_one_in_any_order(world: World) -> None:
    moment = await world.started()

    first = await starts_module(world, moment, "bakslag", 1)
    second = await starts_module(world, moment, "steg-2", 2)

    assert (first.headers["ETag"], second.json()["version"]) == ('"2"', 3)
    opened = await world.reads(f"/moments/{moment}")
    assert opened["module_counts"] == {"ongoing": 6, "upcoming": 14, "ended": 0}
    modules = [message.module for message in await said(world.room, ModuleStarted)]
    assert modules[-2:] == ["bakslag", "steg-2"]


@pytest.mark.parametrize(
    ("code", "body", "status", "problem"),
    [
        ("knaboj", {}, 404, "no-such-module"),
        ("steg-1", {}, 409, "module-not-upcoming"),
        ("steg-2", {"visible_steps": ["knaboj"]}, 422, "unknown-step"),
    ],
)
async def test_a_module_that_cannot_be_started_is_refused(
    world: World, code: str, body: Any, status: int, problem: str
) -> None:
    moment = await world.started()

    response = await starts_module(world, moment, code, 1, **body)

    assert (response.status_code, response.json()["code"]) == (status, problem)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "modules/steg-2/start", {}),
        ("PUT", "practitioner", {"practitioner_id": BJORN}),
        ("PUT", "welcome", {"text": "Hej!"}),
        ("POST", "end", {"reason": "completed"}),
    ],
)
async def test_a_change_by_who_has_read_an_older_version_is_refused(
    world: World, method: str, path: str, body: Any
) -> None:
    moment = await world.started()
    await starts_module(world, moment, "bakslag", 1)
    address = f"/moments/{moment}/{path}"

    stale = await world.call(method, address, world.staff(ANNA), body, version=1)
    unsaid = await world.call(method, address, world.staff(ANNA), body)
    current = await world.call(method, address, world.staff(ANNA), body, version=2)

    assert (stale.status_code, stale.json()["code"]) == (412, "stale-moment")
    assert (unsaid.status_code, unsaid.json()["code"]) == (428, "if-match-required")
    assert current.status_code == 200


async def test_of_two_changes_at_once_one_is_refused(world: World) -> None:
    moment = await world.started()

    responses = await asyncio.gather(
        starts_module(world, moment, "bakslag", 1), starts_module(world, moment, "steg-2", 1)
    )

    assert sorted(response.status_code for response in responses) == [200, 412]


@pytest.mark.rule("R256", "R270")
@pytest.mark.decision("D37")
async def test_a_resident_administrator_changes_practitioner_and_changes_back(world: World) -> None:
    moment = await world.started()

    there = await hands_over(world, moment, BJORN, EVA)
    back = await hands_over(world, moment, ANNA, EVA, version=2)

    assert (there.status_code, back.status_code) == (200, 200)
    assigned = [message.practitioner_id for message in await said(world.room, PractitionerAssigned)]
    assert assigned == [ANNA, BJORN, ANNA]


@pytest.mark.decision("D37")
async def test_a_practitioner_hands_over_own_moments_only(world: World) -> None:
    moment = await world.started()

    taken = await hands_over(world, moment, "me", BJORN)
    given = await hands_over(world, moment, BJORN, ANNA)

    assert (taken.status_code, taken.json()["code"]) == (403, "not-responsible")
    assert given.status_code == 200


async def test_a_moment_is_given_to_practitioners_of_the_unit_only(world: World) -> None:
    moment = await world.started()

    for person in (EVA, JOHAN):
        response = await hands_over(world, moment, person, EVA)
        assert (response.status_code, response.json()["code"]) == (422, "not-practitioner")


@pytest.mark.rule("R298", "R299", "R300")
@pytest.mark.decision("D51")
@pytest.mark.parametrize("reason", ["completed", "resident_breaks_off", "moved_to_other_care"])
async def test_a_moment_ends_with_a_reason_that_is_said(world: World, reason: str) -> None:
    moment = await world.started()

    response = await world.call(
        "POST", f"/moments/{moment}/end", world.staff(ANNA), {"reason": reason}, version=1
    )

    assert (response.status_code, response.json()["state"]) == (200, "ended")
    assert await said(world.room, MomentEnded) == [
        MomentEnded(
            moment_id=moment,
            resident_id=world.resident_id(OLGA),
            unit_id=UNIT,
            reason=reason,
            ended_at=world.room.clock.now(),
            by=ANNA,
        )
    ]


@pytest.mark.rule("R299")
async def test_a_reason_is_one_of_the_list(world: World) -> None:
    moment = await world.started()

    for body in ({}, {"reason": "because"}):
        response = await world.call("POST", f"/moments/{moment}/end", world.staff(ANNA), body, version=1)
        assert (response.status_code, response.json()["code"]) == (422, "invalid")


@pytest.mark.rule("R279")
async def test_only_the_responsible_practitioner_ends_a_moment(world: World) -> None:
    moment = await world.started()

    response = await world.ends(moment, by=BJORN)

    assert (response.status_code, response.json()["code"]) == (403, "not-responsible")


@pytest.mark.rule("R302")
async def test_nothing_can_be_done_with_an_ended_moment(world: World) -> None:
    moment = await world.started()
    await world.ends(moment)

    responses = [
        await starts_module(world, moment, "steg-2", 2),
        await hands_over(world, moment, BJORN, EVA, version=2),
        await world.call("PUT", f"/moments/{moment}/welcome", world.staff(ANNA), {"text": "Hej!"}, version=2),
        await world.ends(moment, 2),
    ]

    assert {(response.status_code, response.json()["code"]) for response in responses} == {
        (409, "moment-ended")
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/modules/steg-2/start", {}),
        ("PUT", "/practitioner", {"practitioner_id": "me"}),
        ("PUT", "/welcome", {"text": None}),
        ("POST", "/end", {"reason": "completed"}),
    ],
)
async def test_another_units_moment_does_not_exist_nor_does_an_unknown_one(
    world: World, method: str, path: str, body: Any
) -> None:
    moment = await world.started()

    there = await world.call(
        method, f"/moments/{moment}{path}", world.staff(JOHAN, OTHER_UNIT), body, version=1
    )
    unknown = await world.call(method, f"/moments/mom-0{path}", world.staff(ANNA), body, version=1)

    assert (there.status_code, there.json()["code"]) == (404, "moment-not-found")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "moment-not-found")


@pytest.mark.parametrize(
    ("method", "path", "body", "by"),
    [
        ("GET", "/moments", None, CECILIA),
        ("GET", "/moments/mom-0", None, IVAR),
        ("POST", "/moments/mom-0/modules/steg-2/start", {}, EVA),
        ("PUT", "/moments/mom-0/practitioner", {"practitioner_id": "me"}, CECILIA),
        ("PUT", "/moments/mom-0/welcome", {"text": None}, EVA),
        ("POST", "/moments/mom-0/end", {"reason": "completed"}, EVA),
    ],
)
async def test_who_lacks_the_permission_is_refused_before_anything_is_looked_for(
    world: World, method: str, path: str, body: Any, by: str
) -> None:
    response = await world.call(method, path, world.staff(by), body, version=1)

    assert (response.status_code, response.json()["code"]) == (403, "permission-missing")


@pytest.mark.decision("D29")
async def test_a_running_moment_stays_on_its_version(world: World) -> None:
    moment = await world.started()
    nine = (PROGRAMS / "tobakshjalpen.yaml").read_text("utf-8")
    await world.uploads(nine.replace('version: "9.0"', 'version: "10.0"'))
    await world.publishes("tobakshjalpen", "10.0")
    await world.offers("tobakshjalpen", "10.0")

    newer = await world.started(PELLE)

    assert (await world.reads(f"/moments/{moment}"))["program_version"] == "9.0"
    assert (await world.reads(f"/moments/{newer}"))["program_version"] == "10.0"


@pytest.mark.rule("R66", "R68", "R78", "R372", "R57")
async def test_a_resident_sees_open_modules_and_shown_steps_and_no_days(mongo_url: str, tenant: str) -> None:
    async with a_world(mongo_url, tenant, programs=["artrosskolan"]) as world:
        moment = await world.started(program="artrosskolan")
        before = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))
        await starts_module(world, moment, "benovningar", 1, visible_steps=["knaboj", "tahavning"])
        after = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))

    assert [module["code"] for module in before["modules"]] == ["hoft-och-knaartros", "handartros"]
    *_, exercises = after["modules"]
    assert [step["code"] for step in exercises["steps"]] == ["knaboj", "tahavning"]
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
    assert (await starts_module(world, moment, "steg-2", 1)).status_code == 200


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
