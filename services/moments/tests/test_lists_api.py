"""Moments over HTTP as staff find and open them."""

from datetime import datetime, timedelta

import pytest

from chassis.testing import clock_of, said
from contracts.retention import AccessRecorded
from services.moments.tests.world import (
    ANNA,
    BJORN,
    JOHAN,
    OLGA,
    OTHER_UNIT,
    PELLE,
    SIXTEN,
    UNIT,
    World,
)


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


@pytest.mark.rule("R65", "R76", "R242", "R244", "R11", "R21")
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


@pytest.mark.rule("R244")
@pytest.mark.decision("D50")
async def test_days_are_civil_days_of_the_region(world: World) -> None:
    moment = await world.started()
    gone = []
    for minutes in (11 * 60 + 59, 1):
        clock_of(world.room).advance(timedelta(minutes=minutes))
        gone.append((await world.reads(f"/moments/{moment}", world.staff(ANNA)))["days_gone"])

    # The start is at noon in Stockholm, an hour before noon UTC.
    assert gone == [0, 1]
