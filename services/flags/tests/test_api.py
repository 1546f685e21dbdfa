"""The lists people look at and the handling of flags, on a real database."""

from datetime import timedelta

import pytest

from chassis.testing import NOON, UNIT, committed, said
from chassis.work import Actor
from contracts.access import Role
from contracts.flags import FlagHandled
from contracts.retention import AccessRecorded
from services.flags.domain.flag import Cause
from services.flags.domain.kinds import Audience, FlagType
from services.flags.store.work import FlagsWork
from services.flags.tests.world import ANNA, BOB, MOMENT, OTHER_UNIT, OTTO, World
from services.flags.usecases.raise_flag import RaiseFlag, raise_flag


async def raised(world: World, type: FlagType, audience: Audience, moment: str = MOMENT) -> None:
    work = FlagsWork(world.room, world.tenant, Actor("system", "flags"))
    await raise_flag(RaiseFlag(moment, type, audience, Cause(f"{type}-1", "source", NOON)), work)
    await committed(world.room, work)


@pytest.mark.rule("R215")
async def test_mine_are_the_flags_of_my_moments_and_unit_those_of_everybody_there(world: World) -> None:
    await world.hears_a_moment("mom-1")
    await world.hears_a_moment("mom-2", practitioner=OTTO)
    await world.hears(world.sent("msg-1", moment="mom-1"))
    await world.hears(world.sent("msg-2", moment="mom-2", at=NOON + timedelta(minutes=1)))

    mine = (await world.get("/flags?list=mine", await world.staff())).json()["items"]
    unit = (await world.get("/flags?list=unit", await world.staff(Role.RESIDENT_ADMIN))).json()["items"]

    assert [item["moment_id"] for item in mine] == ["mom-1"]
    assert [item["moment_id"] for item in unit] == ["mom-2", "mom-1"]


async def test_a_list_can_be_of_one_type_and_comes_in_pages(world: World) -> None:
    for number in range(5):
        await world.hears_a_moment(f"mom-{number}")
        await world.hears(
            world.sent(f"msg-{number}", moment=f"mom-{number}", at=NOON + timedelta(minutes=number // 2))
        )
    await raised(world, FlagType.FORM_SAVED, Audience.PRACTITIONER)

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        path = f"/flags?list=unit&type=new_message&limit=2{cursor and '&cursor=' + cursor}"
        page = (await world.get(path, await world.staff())).json()
        seen += [item["moment_id"] for item in page["items"]]
        cursor = page["next"]
    forms = (await world.get("/flags?type=form_saved", await world.staff())).json()["items"]

    assert seen == ["mom-4", "mom-3", "mom-2", "mom-1", "mom-0"]
    assert [(item["type"], item["moment_id"]) for item in forms] == [("form_saved", MOMENT)]
    wrong = await world.get("/flags?cursor=bm90aGluZw", await world.staff())
    assert (wrong.status_code, wrong.json()["code"]) == (400, "malformed-cursor")


@pytest.mark.rule("R203")
async def test_a_flag_for_the_resident_is_seen_by_the_resident_and_in_the_moment(world: World) -> None:
    await world.hears_a_moment()
    await raised(world, FlagType.FOLLOW_UP, Audience.RESIDENT)
    await world.hears(world.sent("msg-1"))
    staff = await world.staff()

    for_alice = (await world.get("/me/flags", world.resident())).json()["items"]
    for_bob = (await world.get("/me/flags", world.resident(BOB))).json()["items"]
    for_staff = (await world.get("/flags?list=unit", staff)).json()["items"]
    of_moment = (await world.get(f"/moments/{MOMENT}/flags", staff)).json()["items"]
    refused = await world.handle("mom-1.follow_up.1", staff)

    assert [(item["type"], item["moment_id"]) for item in for_alice] == [("follow_up", MOMENT)]
    assert for_bob == []
    assert [item["type"] for item in for_staff] == ["new_message"]
    assert {item["audience"] for item in of_moment} == {"practitioner", "resident"}
    assert (refused.status_code, refused.json()["code"]) == (403, "flag-for-resident")


@pytest.mark.rule("R216")
async def test_handling_a_flag_takes_it_off_the_lists_and_doing_it_again_changes_nothing(
    world: World,
) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"))
    (flag,) = (await world.get("/flags", await world.staff())).json()["items"]

    first = await world.handle(flag["id"], await world.staff(who=OTTO))
    again = await world.handle(flag["id"], await world.staff())

    assert (first.json()["state"], first.json()["handled_by"]) == ("handled", OTTO)
    assert again.status_code == 200
    assert again.json() == first.json()
    assert (await world.get("/flags", await world.staff())).json()["items"] == []
    assert [handled.by for handled in await said(world.room, FlagHandled)] == [OTTO]
    kept = (await world.get(f"/moments/{MOMENT}/flags?state=handled", await world.staff())).json()["items"]
    assert [item["id"] for item in kept] == [flag["id"]]


async def test_whoever_states_the_version_they_saw_is_told_when_it_has_counted_on(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"))
    (flag,) = (await world.get("/flags", await world.staff())).json()["items"]
    await world.hears(world.sent("msg-2"))
    who = {**await world.staff(), "If-Match": f'"{flag["version"]}"'}

    stale = await world.handle(flag["id"], who)

    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert [item["count"] for item in (await world.get("/flags", await world.staff())).json()["items"]] == [2]


async def test_what_is_not_the_callers_does_not_exist(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"))

    for who in (await world.staff(tenant=world.other_tenant), await world.staff(unit=OTHER_UNIT)):
        for answer in (
            await world.get(f"/moments/{MOMENT}/flags", who),
            await world.handle("mom-1.new_message.1", who),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert (await world.get("/flags?list=unit", who)).json()["items"] == []
    resident = world.resident(tenant=world.other_tenant)
    assert (await world.get("/me/flags", resident)).json()["items"] == []


@pytest.mark.rule("R267")
async def test_data_administrators_neither_see_nor_handle_flags(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"))
    who = await world.staff(Role.DATA_ADMIN)

    for answer in (await world.get("/flags", who), await world.handle("mom-1.new_message.1", who)):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission-missing")
    assert (await world.get("/me/flags", who)).json()["code"] == "resident-only"


@pytest.mark.rule("R333", "R335")
async def test_every_resident_in_a_list_and_every_handling_is_recorded(world: World) -> None:
    await world.hears_a_moment("mom-1")
    await world.hears_a_moment("mom-2")
    await world.hears(world.sent("msg-1", moment="mom-1"), world.sent("msg-2", moment="mom-2"))

    await world.get("/flags", await world.staff())
    await world.get("/moments/mom-1/flags?state=handled", await world.staff())
    await world.handle("mom-1.new_message.1", await world.staff())
    await world.get("/me/flags", world.resident())

    records = await said(world.room, AccessRecorded)
    assert sorted((record.action, record.moment_id or "", record.actor_id) for record in records) == sorted(
        [
            ("flags.listed", "mom-2", ANNA),
            ("flags.listed", "mom-1", ANNA),
            ("flags.listed", "mom-1", ANNA),
            ("flag.handled", "mom-1", ANNA),
            ("flags.listed", "", world.alice),
        ]
    )
    assert {record.resident_id for record in records} == {world.alice}
    assert {record.unit_id for record in records if record.actor_kind == "staff"} == {UNIT}


@pytest.mark.rule("R333", "R335")
async def test_a_list_without_flags_is_recorded_with_whom_it_was_asked_of(world: World) -> None:
    await world.hears_a_moment("mom-1")

    await world.get("/flags", await world.staff())
    await world.get("/moments/mom-1/flags", await world.staff())
    await world.get("/me/flags", world.resident())

    assert [
        (record.action, record.actor_kind, record.resident_id, record.moment_id)
        for record in await said(world.room, AccessRecorded)
    ] == [
        ("flags.listed", "staff", None, None),
        ("flags.listed", "staff", world.alice, "mom-1"),
        ("flags.listed", "resident", world.alice, None),
    ]


async def test_the_lists_are_read_from_indexes(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"))
    flags = world.room.database["flags"]
    wanted = {
        "of_practitioner_latest_first": {"unit": UNIT, "practitioner": ANNA, "audience": "practitioner"},
        "of_resident_latest_first": {"resident": world.alice, "audience": "resident"},
    }

    for index, where in wanted.items():
        query = {"tenant": world.tenant, "state": "open", **where}
        cursor = flags.find(query).sort([("raised_at", -1), ("_id", -1)]).hint(index)
        plan = (await cursor.explain())["queryPlanner"]["winningPlan"]
        assert "SORT" not in {plan["stage"], plan.get("inputStage", {}).get("stage")}
