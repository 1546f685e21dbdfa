"""Moments over HTTP as staff find and open them."""

from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.testing import clock_of, committed, raw_bytes, said
from contracts.retention import AccessRecorded
from services.moments.directory import RegisteredPerson
from services.moments.moments.store.activity import record as record_activity
from services.moments.moments.store.flag_counts import raised
from services.moments.tests.test_reactions import a_flag, a_purge
from services.moments.tests.world import (
    ANNA,
    BJORN,
    EVA,
    JOHAN,
    OLGA,
    OTHER_UNIT,
    PELLE,
    RUT,
    SIXTEN,
    UNIT,
    World,
)
from services.moments.work import MomentsWork

MOBILE = "+46701740601"


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
    await world.call("POST", "/moments/search", world.staff(BJORN), {"text": "nobody"})

    records, whose = (await said(world.room, AccessRecorded))[-3:], (world.resident_id(OLGA), moment)
    assert [(record.action, record.resident_id, record.moment_id) for record in records] == [
        ("moment.listed", *whose),
        ("moment.opened", *whose),
        ("moment.listed", None, None),
    ]
    assert {(each.actor_kind, each.actor_id, each.unit_id) for each in records} == {("staff", BJORN, UNIT)}


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


@pytest.mark.rule("R238")
async def test_a_search_goes_by_body_over_names_numbers_and_programs(world: World) -> None:
    olgas = await world.started(OLGA)
    pelles = await world.started(PELLE, practitioner=BJORN)

    async def hits(**asked: object) -> set[str]:
        answer = await world.call("POST", "/moments/search", world.staff(ANNA), asked)
        assert answer.status_code == 200, answer.text
        return {row["moment_id"] for row in answer.json()["items"]}

    assert await hits(text="oskars") == await hits(text="9843") == await hits(text="19640823-98") == {olgas}
    assert await hits(text="tobaks") == {olgas, pelles}
    assert await hits(text="tobaks", list="mine") == await hits(practitioner_id=ANNA) == {olgas}
    assert await hits(started_from="2026-11-20", started_to="2026-11-20") == {olgas, pelles}
    assert await hits(started_from="2026-11-21") == await hits(state="maintenance") == set()
    elsewhere = await world.call(
        "POST", "/moments/search", world.staff(JOHAN, OTHER_UNIT), {"text": "oskarsson"}
    )
    assert (elsewhere.json()["items"], elsewhere.json()["counts"]["all"]) == ([], 0)


@pytest.mark.rule("R232", "R233", "R237")
async def test_a_sorted_list_comes_in_pages_that_hold_no_name_in_their_cursor(world: World) -> None:
    for number in (PELLE, OLGA, SIXTEN):
        await world.started(number)
    seen, asked = [], {"sort": "name", "limit": 1}
    while asked:
        page = (await world.call("POST", "/moments/search", world.staff(ANNA), asked)).json()
        seen += [row["resident"]["name"] for row in page["items"]]
        assert (page["matching"], page["heading"]) == (3, "Pågående (3 st)")
        asked = {**asked, "cursor": page["next"]} if page["next"] else {}
        if asked:
            cursor = str(page["next"])
            read = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
            assert not any(name in read for name in ("Oskarsson", "Persson", "Sjöberg"))

    assert seen == ["Oskarsson, Olga", "Persson, Pelle", "Sjöberg, Sixten"]


@pytest.mark.parametrize("cursor", ["AAAA", "WzEsIm1vbS0xIl0", "WzEsIi1zdGFydGVkfG1vbS0xIl0"])
async def test_a_cursor_of_another_list_is_refused(world: World, cursor: str) -> None:
    """Nonsense; one without an order; and one of the right order that holds a number for a time."""
    response = await world.call("GET", f"/moments?cursor={cursor}", world.staff(ANNA))

    assert (response.status_code, response.json()["code"]) == (400, "malformed-cursor")


@pytest.mark.rule("R236", "R238")
async def test_lists_are_right_after_each_event(world: World) -> None:
    """In one process that remembers the unit: each answer is of what is true when it is asked for."""
    moment = await world.started()

    async def row() -> Any:
        (only,) = (await world.reads("/moments?list=all", world.staff(ANNA)))["items"]
        return only

    assert (await row())["practitioner"]["person_id"] == ANNA
    await world.hands_over(moment, BJORN, EVA)
    assert (await row())["practitioner"]["person_id"] == BJORN
    await world.hears(a_flag(world, moment, count=2))
    assert (await row())["flags"] == [{"flag_type": "new_message", "count": 2}]
    clock_of(world.room).advance(timedelta(minutes=5))
    page = f"/me/moments/{moment}/modules/om-behandlingen/steps/"
    step = (await world.reads(f"/me/moments/{moment}", world.resident(OLGA)))["modules"][0]["steps"][0][
        "code"
    ]
    await world.reads(page + step, world.resident(OLGA))
    assert datetime.fromisoformat((await row())["last_active_at"]) == world.room.clock.now()
    world.directory.persons[OLGA] = RegisteredPerson("Åkesson", "Olga")
    other = await world.started(OLGA)
    names = {each["resident"]["name"] for each in (await world.reads("/moments?list=all"))["items"]}
    assert names == {"Åkesson, Olga"}
    await world.ends(other)
    await world.hears(a_purge(world, other))
    assert (await row())["moment_id"] == moment
    assert (await world.reads("/moments?list=ended"))["counts"] == {"mine": 0, "all": 1, "ended": 0}


async def test_a_flag_or_an_activity_that_comes_after_the_purge_brings_no_line_back(world: World) -> None:
    moment = await world.started()
    await world.ends(moment)
    await world.hears(a_purge(world, moment))

    work = MomentsWork(world.room, world.tenant)
    raised(work, a_flag(world, moment))
    record_activity(work, moment, work.now)
    await committed(world.room, work)

    assert (
        await world.room.database["standings"].find({"tenant": world.tenant, "moment": moment}).to_list(None)
        == []
    )


@pytest.mark.rule("R245")
@pytest.mark.decision("D42")
async def test_a_mobile_number_is_fetched_at_the_click_audited_and_kept_nowhere(world: World) -> None:
    world.directory.persons[OLGA] = replace(world.directory.persons[OLGA], mobile=MOBILE)
    moment = await world.started()
    opened = await world.reads(f"/moments/{moment}")

    fetched = await world.call("POST", f"/moments/{moment}/mobile-number", world.staff(BJORN))

    assert MOBILE not in str(opened)
    assert (fetched.status_code, fetched.json()) == (200, {"mobile_number": MOBILE})
    assert fetched.headers["Cache-Control"] == "no-store"
    access = (await said(world.room, AccessRecorded))[-1]
    assert (access.action, access.actor_id, access.moment_id) == ("mobile_number.fetched", BJORN, moment)
    assert MOBILE.encode() not in await raw_bytes(world.room)


@pytest.mark.rule("R251")
@pytest.mark.decision("D41")
async def test_protected_identity_is_marked_and_its_mobile_number_is_shown_to_nobody(world: World) -> None:
    ruts = await world.started(RUT)
    olgas = await world.started(OLGA)
    # Protected since then: the register knows, this service does not yet.
    world.directory.persons[OLGA] = RegisteredPerson("Oskarsson", "Olga", is_protected=True, mobile=MOBILE)

    refused = [
        await world.call("POST", f"/moments/{moment}/mobile-number", world.staff(ANNA))
        for moment in (ruts, olgas)
    ]

    assert {(each.status_code, each.json()["code"]) for each in refused} == {(403, "protected-identity")}
    rows = {row["moment_id"]: row["resident"] for row in (await world.reads("/moments"))["items"]}
    assert [rows[moment]["protected_identity"] for moment in (ruts, olgas)] == [True, True]
    recorded = [(access.action, access.moment_id) for access in await said(world.room, AccessRecorded)]
    assert [each for each in recorded if each[0].startswith("mobile_number")] == [
        ("mobile_number.refused", moment) for moment in (ruts, olgas)
    ]


async def test_what_is_new_since_last_stands_in_the_opened_moment(world: World) -> None:
    moment = await world.started()
    await world.hears(
        a_flag(world, moment, count=3), a_flag(world, moment, flag_id="flag-2", flag_type="inactive")
    )

    opened = await world.reads(f"/moments/{moment}")

    assert [each["text"] for each in opened["todo"]] == [
        "Invånaren har inte varit aktiv",
        "Olästa meddelanden: 3",
    ]


@pytest.mark.rule("R243", "R244")
async def test_the_information_box_is_complete_and_its_pdf_link_leads_somewhere(world: World) -> None:
    moment = await world.started()
    began = world.room.clock.now()
    clock_of(world.room).advance(timedelta(days=2))
    visited = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))
    step = visited["modules"][0]["steps"][0]["code"]
    await world.reads(f"/me/moments/{moment}/modules/om-behandlingen/steps/{step}", world.resident(OLGA))

    opened = await world.reads(f"/moments/{moment}", world.staff(ANNA))

    assert datetime.fromisoformat(opened["started_at"]) == began
    assert (opened["days_gone"], opened["recommended_days"]) == (2, 365)
    assert datetime.fromisoformat(opened["last_active_at"]) == world.room.clock.now()
    assert opened["practitioner"]["name"] == "Anna Andersson"
    assert opened["module_counts"] == {"ongoing": 4, "upcoming": 16, "ended": 0}
    assert (await world.reads(opened["pdfs"], world.staff(ANNA))) != []
    fetched = await world.call("POST", f"/moments/{moment}/mobile-number", world.staff(ANNA))
    assert fetched.json() == {"mobile_number": None}
