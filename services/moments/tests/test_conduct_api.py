"""A moment over HTTP as staff conduct it: modules, hand-over, end."""

import asyncio
from typing import Any

import pytest

from chassis.testing import said
from contracts.moments import ModuleStarted, MomentEnded, PractitionerAssigned
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
    UNIT,
    World,
)


@pytest.mark.rule("R69", "R70", "R73")
async def test_modules_are_started_one_by_one_in_any_order(world: World) -> None:
    moment = await world.started()

    first = await world.starts_module(moment, "bakslag", 1)
    second = await world.starts_module(moment, "steg-2", 2)

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

    response = await world.starts_module(moment, code, 1, **body)

    assert (response.status_code, response.json()["code"]) == (status, problem)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "modules/steg-2/start", {}),
        ("POST", "modules/start", {"modules": [{"code": "steg-2"}]}),
        ("POST", "modules/steg-1/end", None),
        ("POST", "modules/steg-1/set-upcoming", None),
        ("PUT", "modules/steg-1/days", {"days_left": 3}),
        ("PUT", "modules/steg-1/steps", {"visible_steps": []}),
        ("POST", "maintain", {"days": 3, "modules": ["steg-1"]}),
        ("PUT", "practitioner", {"practitioner_id": BJORN}),
        ("PUT", "welcome", {"text": "Hej!"}),
        ("POST", "end", {"reason": "completed"}),
    ],
)
async def test_a_change_by_who_has_read_an_older_version_is_refused(
    world: World, method: str, path: str, body: Any
) -> None:
    moment = await world.started()
    await world.starts_module(moment, "bakslag", 1)
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
        world.starts_module(moment, "bakslag", 1), world.starts_module(moment, "steg-2", 1)
    )

    assert sorted(response.status_code for response in responses) == [200, 412]


@pytest.mark.rule("R256")
@pytest.mark.decision("D37")
async def test_a_resident_administrator_changes_practitioner_and_changes_back(world: World) -> None:
    moment = await world.started()

    there = await world.hands_over(moment, BJORN, EVA)
    back = await world.hands_over(moment, ANNA, EVA, version=2)

    assert (there.status_code, back.status_code) == (200, 200)
    assigned = [message.practitioner_id for message in await said(world.room, PractitionerAssigned)]
    assert assigned == [ANNA, BJORN, ANNA]


@pytest.mark.decision("D37")
async def test_a_practitioner_hands_over_own_moments_only(world: World) -> None:
    moment = await world.started()

    taken = await world.hands_over(moment, "me", BJORN)
    given = await world.hands_over(moment, BJORN, ANNA)

    assert (taken.status_code, taken.json()["code"]) == (403, "not-responsible")
    assert given.status_code == 200


async def test_a_moment_is_given_to_practitioners_of_the_unit_only(world: World) -> None:
    moment = await world.started()

    for person in (EVA, JOHAN):
        response = await world.hands_over(moment, person, EVA)
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

    for body, code in (({}, "invalid"), ({"reason": "because"}, "end-reason-not-offered")):
        response = await world.call("POST", f"/moments/{moment}/end", world.staff(ANNA), body, version=1)
        assert (response.status_code, response.json()["code"]) == (422, code)


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
        await world.starts_module(moment, "steg-2", 2),
        await world.hands_over(moment, BJORN, EVA, version=2),
        await world.call("PUT", f"/moments/{moment}/welcome", world.staff(ANNA), {"text": "Hej!"}, version=2),
        await world.ends(moment, 2),
        *[
            await world.call(method, f"/moments/{moment}/{path}", world.staff(ANNA), body, version=2)
            for method, path, body in (
                ("POST", "modules/steg-1/end", None),
                ("PUT", "modules/steg-1/days", {"days_left": 3}),
                ("PUT", "modules/steg-1/steps", {"visible_steps": []}),
                ("POST", "maintain", {"days": 3, "modules": ["steg-1"]}),
                ("POST", "resume", None),
            )
        ],
    ]

    assert {(response.status_code, response.json()["code"]) for response in responses} == {
        (409, "moment-ended")
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/modules/steg-2/start", {}),
        ("POST", "/modules/start", {"modules": [{"code": "steg-2"}]}),
        ("POST", "/modules/steg-1/end", None),
        ("POST", "/modules/steg-1/set-upcoming", None),
        ("PUT", "/modules/steg-1/days", {"days_left": 3}),
        ("PUT", "/modules/steg-1/steps", {"visible_steps": []}),
        ("POST", "/maintain", {"days": 3, "modules": ["steg-1"]}),
        ("GET", "/modules/steg-1/steps/stoppdagen", None),
        ("POST", "/resume", None),
        ("POST", "/hand-over", {"unit_id": UNIT}),
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
        ("POST", "/moments/mom-0/modules/steg-1/end", None, EVA),
        ("PUT", "/moments/mom-0/modules/steg-1/days", {"days_left": 3}, CECILIA),
        ("GET", "/moments/mom-0/modules/steg-1/steps/stoppdagen", None, CECILIA),
        ("POST", "/moments/mom-0/maintain", {"days": 3, "modules": ["steg-1"]}, EVA),
        ("POST", "/moments/mom-0/resume", None, EVA),
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
