"""The timeline over HTTP: recorded with what happens, read by staff, page by page."""

from datetime import timedelta

import pytest

from chassis.testing import clock_of, raw_bytes, said
from contracts.retention import AccessRecorded
from services.moments.tests.world import ANNA, BJORN, EVA, JOHAN, OLGA, OTHER_UNIT, World


@pytest.mark.rule("R221", "R226", "R227", "R228", "R55")
async def test_a_start_stands_on_the_timeline_as_in_the_manual(world: World) -> None:
    moment = await world.started(practitioner=BJORN)

    told = await world.reads(f"/moments/{moment}/timeline")

    by = "2026-11-20 12:00 av Anna Andersson (Vårdcentralen Lindholmen, Region)"
    modules, moments = told["groups"]
    assert (modules["heading"], moments["heading"], told["period"]) == ("Modul", "Moment", "Hela perioden")
    assert [entry["text"] for entry in moments["entries"]] == [
        f"Momentet Tobakshjälpen har fått en ansvarig behandlare: Björn Berg {by}",
        f"Momentet Tobakshjälpen startades {by}",
    ]
    assert len(modules["entries"]) == 4
    assert modules["entries"][-1]["text"] == f"Modulen Om behandlingen startades {by}"
    assert (await said(world.room, AccessRecorded))[-1].action == "timeline.read"


@pytest.mark.rule("R222")
async def test_a_timeline_is_narrowed_to_kinds_and_to_civil_days(world: World) -> None:
    moment = await world.started()
    clock_of(world.room).advance(timedelta(days=2, hours=11, minutes=30))
    await world.hands_over(moment, BJORN, EVA)
    address = f"/moments/{moment}/timeline"

    of_moment = await world.reads(f"{address}?kind=moment", world.staff(ANNA))
    first_day = await world.reads(f"{address}?last_day=2026-11-20", world.staff(ANNA))
    later = await world.reads(f"{address}?first_day=2026-11-22&last_day=2026-11-22", world.staff(ANNA))

    assert [group["kind"] for group in of_moment["groups"]] == ["module", "moment"][1:]
    assert [entry["event"] for entry in of_moment["groups"][0]["entries"]] == [
        "assigned",
        "assigned",
        "started",
    ]
    assert sum(len(group["entries"]) for group in first_day["groups"]) == 6
    # Half past eleven in the evening in Stockholm, and still that day.
    assert [entry["event"] for group in later["groups"] for entry in group["entries"]] == ["assigned"]
    assert later["period"] == "2026-11-22 – 2026-11-22"


async def test_a_timeline_comes_in_pages_that_miss_nothing(world: World) -> None:
    moment = await world.started()
    whole = await world.reads(f"/moments/{moment}/timeline")
    seen, path = [], f"/moments/{moment}/timeline?limit=1"
    while path:
        page = await world.reads(path)
        seen += [entry["text"] for group in page["groups"] for entry in group["entries"]]
        path = f"/moments/{moment}/timeline?limit=1&cursor={page['next']}" if page["next"] else ""

    assert len(seen) == len(set(seen)) == 6
    assert set(seen) == {entry["text"] for group in whole["groups"] for entry in group["entries"]}


@pytest.mark.rule("R225")
async def test_neither_residents_nor_other_units_see_a_timeline(world: World) -> None:
    moment = await world.started()

    resident = await world.call("GET", f"/moments/{moment}/timeline", world.resident(OLGA))
    elsewhere = await world.call("GET", f"/moments/{moment}/timeline", world.staff(JOHAN, OTHER_UNIT))

    assert resident.status_code == 403
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "moment-not-found")


async def test_a_change_that_is_refused_leaves_no_trace(world: World) -> None:
    moment = await world.started()
    await world.starts_module(moment, "bakslag", 1)
    await world.starts_module(moment, "steg-2", 1)

    documents = (
        await world.room.database["timeline"].find({"tenant": world.tenant, "moment": moment}).to_list(None)
    )

    assert len(documents) == 7
    assert b"Oskarsson" not in await raw_bytes(world.room)
