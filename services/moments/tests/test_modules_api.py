"""Modules over HTTP as staff conduct them: started several at once, ended, set back, adjusted."""

import asyncio
from datetime import timedelta

import pytest

from chassis.testing import clock_of, said
from chassis.timers import Timers
from contracts.moments import ModuleEnded, ModuleSetUpcoming, ModuleStarted
from services.moments.app import SERVICE
from services.moments.tests.world import ANNA, BJORN, OLGA, World
from services.moments.work import MomentsWork


@pytest.mark.rule("R73")
async def test_several_modules_are_started_in_one_change_or_none_is(world: World) -> None:
    moment = await world.started()
    path = f"/moments/{moment}/modules/start"

    async def starts(version: int, *codes: str) -> str:
        body = {"modules": [{"code": code} for code in codes]}
        response = await world.call("POST", path, world.staff(ANNA), body, version=version)
        return str(response.json().get("code", response.status_code))

    refused = [
        await starts(1, "steg-2", "steg-1"),
        await starts(1, "steg-2", "steg-2"),
        await starts(1, "steg-2", "okand"),
        await starts(1),
    ]
    done = await starts(1, "steg-2", "bakslag")

    assert refused == ["module-not-upcoming", "module-chosen-twice", "no-such-module", "invalid"]
    assert done == "200"
    *_, first, second = [message.module for message in await said(world.room, ModuleStarted)]
    assert (first, second) == ("steg-2", "bakslag")


@pytest.mark.rule("R67", "R68")
@pytest.mark.decision("D16")
async def test_a_module_is_ended_or_set_back_and_the_resident_sees_what_is_left(world: World) -> None:
    moment = await world.started()
    base = f"/moments/{moment}/modules"

    ended = await world.call("POST", f"{base}/steg-1/end", world.staff(ANNA), version=1)
    back = await world.call("POST", f"{base}/tandhalsa/set-upcoming", world.staff(ANNA), version=2)
    again = await world.call("POST", f"{base}/steg-1/end", world.staff(ANNA), version=3)

    assert [ended.json()["version"], back.json()["version"]] == [2, 3]
    assert (again.status_code, again.json()["code"]) == (409, "module-not-ongoing")
    seen = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))
    assert [module["code"] for module in seen["modules"]] == ["om-behandlingen", "bra-att-veta"]
    assert [module["code"] for module in seen["completed_modules"]] == ["steg-1"]
    told = [
        (type(message), message.module) for message in await said(world.room, ModuleEnded, ModuleSetUpcoming)
    ]
    assert told == [(ModuleEnded, "steg-1"), (ModuleSetUpcoming, "tandhalsa")]


@pytest.mark.rule("R75")
async def test_single_steps_of_a_running_module_are_hidden_and_shown(world: World) -> None:
    moment = await world.started()
    path = f"/moments/{moment}/modules/steg-1/steps"

    unknown = await world.call("PUT", path, world.staff(ANNA), {"visible_steps": ["knaboj"]}, version=1)
    upcoming = await world.call(
        "PUT", path.replace("steg-1", "steg-2"), world.staff(ANNA), {"visible_steps": []}, version=1
    )
    done = await world.call("PUT", path, world.staff(ANNA), {"visible_steps": ["stoppdagen"]}, version=1)

    assert [unknown.json()["code"], upcoming.json()["code"]] == ["unknown-step", "module-not-ongoing"]
    assert done.status_code == 200
    *_, shown = (await world.reads(f"/me/moments/{moment}", world.resident(OLGA)))["modules"]
    assert [step["code"] for step in shown["steps"]] == ["stoppdagen"]


@pytest.mark.rule("R72", "R76", "R77", "R78", "R79", "R287", "R288", "R305")
@pytest.mark.decision("D2")
async def test_days_are_changed_for_staff_and_nothing_happens_when_they_or_the_recommended_time_are_over(
    world: World,
) -> None:
    moment = await world.started()
    path = f"/moments/{moment}/modules/steg-1/days"

    refused = [
        await world.call("PUT", path, world.staff(ANNA), {"days_left": days}, version=1)
        for days in (-1, 3651)
    ]
    await world.call("PUT", path, world.staff(ANNA), {"days_left": 30}, version=1)
    opened = await world.reads(f"/moments/{moment}")
    seen = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))
    clock_of(world.room).advance(timedelta(days=400))
    await Timers(world.room, SERVICE.on_time, MomentsWork).fire_due()
    later = await world.reads(f"/moments/{moment}")
    seen_later = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))

    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(422, "days-out-of-range")}
    assert refused[0].json()["text"] == "Antalet dagar ska vara mellan 0 och 3650."
    days = {module["code"]: module["days_left"] for module in opened["modules"]}
    assert (days["steg-1"], days["om-behandlingen"], days["steg-2"]) == (30, 7, 14)
    days = {module["code"]: module["days_left"] for module in later["modules"]}
    assert (days["steg-1"], days["om-behandlingen"], days["steg-2"]) == (0, 0, 14)
    assert later["days_gone"] > later["recommended_days"] and later["state"] == "ongoing"
    assert later["module_counts"] == opened["module_counts"] and seen_later == seen
    assert "day" not in str(seen)


async def test_what_two_practitioners_change_at_once_is_all_kept(world: World) -> None:
    moment = await world.started()

    async def persists(by: str, days: int, codes: tuple[str, ...]) -> int:
        """One module's days after the other, each again with the version read anew when somebody was first."""
        refused = 0
        for code in codes:
            path = f"/moments/{moment}/modules/{code}/days"
            while True:
                version = (await world.reads(f"/moments/{moment}", world.staff(by)))["version"]
                answer = await world.call("PUT", path, world.staff(by), {"days_left": days}, version=version)
                if answer.status_code == 200:
                    break
                assert (answer.status_code, answer.json()["code"]) == (412, "stale-moment")
                refused += 1
        return refused

    mine, theirs = ("steg-1", "steg-2", "steg-3"), ("steg-4", "steg-5", "bakslag")
    await asyncio.gather(persists(ANNA, 21, mine), persists(BJORN, 42, theirs))

    opened = await world.reads(f"/moments/{moment}")
    left = {module["code"]: module["days_left"] for module in opened["modules"]}
    assert {left[code] for code in mine} == {21} and {left[code] for code in theirs} == {42}
    assert opened["version"] == 7
