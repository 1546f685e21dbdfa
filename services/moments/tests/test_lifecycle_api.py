"""The end of a moment over HTTP: maintenance and back, its last day, handover."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.testing import clock_of, said
from chassis.timers import Timers
from contracts.access import Role
from contracts.moments import (
    MaintenanceExpired,
    MomentEnded,
    MomentMaintained,
    MomentResumed,
    MomentStarted,
)
from services.moments.app import SERVICE
from services.moments.tests.test_reactions import a_purge
from services.moments.tests.test_steps_api import FIRST, SECOND, turns
from services.moments.tests.world import ANNA, BJORN, EVA, JOHAN, KLARA, OLGA, OTHER_UNIT, UNIT, World
from services.moments.work import MomentsWork

STOCKHOLM = ZoneInfo("Europe/Stockholm")


async def maintains(world: World, moment: str, days: int = 7, version: int = 1, **body: Any) -> Any:
    told = {"days": days, "modules": ["om-behandlingen"], **body}
    return await world.call("POST", f"/moments/{moment}/maintain", world.staff(ANNA), told, version=version)


async def resumes(world: World, moment: str, version: int) -> Any:
    return await world.call("POST", f"/moments/{moment}/resume", world.staff(ANNA), version=version)


async def hands_over(
    world: World, moment: str, unit: str = OTHER_UNIT, *, version: int = 1, by: str = ANNA
) -> Any:
    path = f"/moments/{moment}/hand-over"
    return await world.call("POST", path, world.staff(by), {"unit_id": unit}, version=version)


async def fire(world: World) -> None:
    await Timers(world.room, SERVICE.on_time, MomentsWork).fire_due()


@pytest.mark.rule("R279", "R289", "R290", "R292", "R293")
@pytest.mark.decision("D11")
async def test_in_maintenance_the_resident_reads_chosen_modules_and_writes_nothing(world: World) -> None:
    moment = await world.started()
    mine, base = world.resident(OLGA), f"/me/moments/{moment}"

    answer = await maintains(world, moment)

    assert (answer.status_code, answer.json()["state"], answer.json()["last_day"]) == (
        200,
        "maintenance",
        "2026-11-26",
    )
    seen = await world.reads(base, mine)
    assert (seen["state"], seen["available_until"]) == ("maintenance", "2026-11-26")
    assert [module["code"] for module in seen["modules"]] == ["om-behandlingen"]
    # In any order, and nothing is marked.
    assert await turns(world, moment, SECOND, "steg-1/steps/stoppdagen") == [
        "sa-far-du-stod",
        "no-such-module",
    ]
    bookmark = await world.call("PUT", f"{base}/modules/{FIRST}/bookmark", mine)
    assert (bookmark.status_code, bookmark.json()["code"]) == (409, "moment-maintained")
    opened = await world.reads(f"/moments/{moment}")
    assert opened["progress"]["steps_read"] == 0
    assert opened["maintenance"]["modules"] == ["om-behandlingen"] and not opened["maintenance"]["expired"]
    assert (await world.reads("/moments"))["counts"] == {"mine": 1, "all": 1, "ended": 0}
    (told,) = await said(world.room, MomentMaintained)
    assert (told.modules, told.expires_at.astimezone(STOCKHOLM).isoformat()) == (
        ["om-behandlingen"],
        "2026-11-27T00:00:00+01:00",
    )


@pytest.mark.rule("R295", "R293")
@pytest.mark.decision("D8")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"days": 0}, 422, "days-out-of-range"),
        ({"days": 91}, 422, "days-out-of-range"),
        ({"modules": []}, 422, "invalid"),
        ({"modules": ["steg-2"]}, 409, "module-not-started"),
        ({"modules": ["okand"]}, 404, "no-such-module"),
    ],
)
async def test_maintenance_is_of_1_to_90_days_and_of_started_modules(
    world: World, body: dict[str, Any], status: int, code: str
) -> None:
    moment = await world.started()

    refused = await maintains(world, moment, **body)
    longest = await maintains(world, moment, days=90)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert longest.status_code == 200


@pytest.mark.rule("R296", "R302")
@pytest.mark.decision("D9", "D50")
async def test_access_stops_at_the_end_of_the_last_day_and_that_is_said_once(world: World) -> None:
    moment = await world.started()
    await maintains(world, moment, days=2)
    clock = clock_of(world.room)

    clock.reach(datetime(2026, 11, 21, 23, 59, 59, tzinfo=STOCKHOLM))
    await fire(world)
    assert (await world.call("GET", f"/me/moments/{moment}", world.resident(OLGA))).status_code == 200
    clock.advance(timedelta(seconds=1))
    # The access does not wait for the timer.
    over = await world.call("GET", f"/me/moments/{moment}", world.resident(OLGA))
    assert (over.status_code, over.json()["code"]) == (403, "maintenance-expired")
    assert await world.reads("/me/moments", world.resident(OLGA)) == []
    await fire(world)
    await fire(world)

    assert [told.moment_id for told in await said(world.room, MaintenanceExpired)] == [moment]
    opened = await world.reads(f"/moments/{moment}")
    assert (opened["state"], opened["maintenance"]["expired"]) == ("maintenance", True)
    assert (await world.ends(moment, opened["version"])).json()["state"] == "ended"


@pytest.mark.decision("D10")
async def test_back_from_maintenance_the_moment_goes_on_and_no_longer_expires(world: World) -> None:
    moment = await world.started()
    await maintains(world, moment, days=1)

    twice = await maintains(world, moment, version=2)
    back = await resumes(world, moment, 2)
    again = await resumes(world, moment, 3)
    clock_of(world.room).advance(timedelta(days=3))
    await fire(world)

    assert (twice.status_code, twice.json()["code"]) == (409, "moment-maintained")
    assert (back.status_code, back.json()["state"]) == (200, "ongoing")
    assert (again.status_code, again.json()["code"]) == (409, "moment-not-maintained")
    assert len(await said(world.room, MomentResumed)) == 1
    assert await said(world.room, MaintenanceExpired) == []
    assert await turns(world, moment, FIRST) == ["sa-har-gar-det-till"]
    assert (await world.starts_module(moment, "steg-2", 3)).status_code == 200


async def test_an_end_or_a_purge_takes_the_expiry_along(world: World) -> None:
    first, second = await world.started(), await world.started()
    for moment in (first, second):
        await maintains(world, moment, days=1)
    await world.ends(first, 2)
    assert await world.room.database["timers"].count_documents({}) == 1

    await world.ends(second, 2)
    await world.hears(a_purge(world, second))

    assert await world.room.database["timers"].count_documents({}) == 0


@pytest.mark.rule("R279", "R306")
@pytest.mark.decision("D32")
async def test_a_moment_that_is_handed_over_goes_on_there_linked_and_waits_for_a_practitioner(
    world: World,
) -> None:
    moment = await world.started()
    await turns(world, moment, FIRST)
    await world.offers("tobakshjalpen", "9.0", OTHER_UNIT)
    await world.grants(JOHAN, Role.PRACTITIONER, Role.RESIDENT_ADMIN, unit=OTHER_UNIT, by=KLARA)

    answer = await hands_over(world, moment)

    assert (answer.status_code, answer.json()["state"]) == (201, "ended")
    continuing = answer.json()["continued_by_id"]
    here = await world.reads(f"/moments/{moment}")
    there = await world.reads(f"/moments/{continuing}", world.staff(JOHAN, OTHER_UNIT))
    assert (here["end_reason"], here["continued_by_id"]) == ("moved_to_other_care", continuing)
    assert (there["continues_id"], there["practitioner"], there["version"]) == (moment, None, 1)
    assert [module["state"] for module in there["modules"]] == [module["state"] for module in here["modules"]]
    assert there["progress"]["steps_read"] == 1
    (row,) = (await world.reads("/moments?list=all", world.staff(JOHAN, OTHER_UNIT)))["items"]
    assert row["practitioner"] is None
    # Olga reads on where she was; the moment of the first unit is closed to her.
    assert [mine["moment_id"] for mine in await world.reads("/me/moments", world.resident(OLGA))] == [
        continuing
    ]
    assert await turns(world, continuing, SECOND) == ["sa-far-du-stod"]
    assert [told.continues_id for told in await said(world.room, MomentStarted)] == [None, moment]
    assert [(told.reason, told.continued_by_id) for told in await said(world.room, MomentEnded)] == [
        ("moved_to_other_care", continuing)
    ]

    path = f"/moments/{continuing}"
    nobody = await world.call(
        "POST", f"{path}/end", world.staff(JOHAN, OTHER_UNIT), {"reason": "other"}, version=1
    )
    chosen = await world.call(
        "PUT", f"{path}/practitioner", world.staff(JOHAN, OTHER_UNIT), {"practitioner_id": "me"}, version=1
    )
    assert (nobody.status_code, nobody.json()["code"]) == (403, "not-responsible")
    assert chosen.status_code == 200
    ended = await world.call(
        "POST", f"{path}/end", world.staff(JOHAN, OTHER_UNIT), {"reason": "other"}, version=2
    )
    assert ended.status_code == 200


@pytest.mark.rule("R306")
async def test_a_handover_that_cannot_be_is_refused_and_leaves_the_moment_as_it_was(world: World) -> None:
    moment = await world.started()

    inactive = await hands_over(world, moment)
    await world.offers("tobakshjalpen", "9.0", OTHER_UNIT)
    refused = [
        inactive,
        await hands_over(world, moment, "SE2321000131-E000000000009"),
        await hands_over(world, moment, UNIT),
        await hands_over(world, moment, by=BJORN),
        await hands_over(world, moment, by=EVA),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (409, "program-not-active"),
        (404, "unit-not-found"),
        (422, "same-unit"),
        (403, "not-responsible"),
        (403, "permission-missing"),
    ]
    opened = await world.reads(f"/moments/{moment}")
    assert (opened["state"], opened["version"]) == ("ongoing", 1)
    assert (await hands_over(world, moment)).status_code == 201
    assert (await hands_over(world, moment, version=2)).json()["code"] == "moment-ended"
