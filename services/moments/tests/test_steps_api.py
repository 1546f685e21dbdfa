"""Steps over HTTP: read in order by the resident, opened by staff, bookmarked, completed."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.changes import SavedFirstError
from chassis.testing import clock_of, committed, said
from chassis.work import Actor
from contracts.messaging import MessageSent
from contracts.moments import ModuleCompleted, ModuleStarted, ProgramCompleted
from services.moments.moments.usecases.visit import read_step
from services.moments.tests.test_reactions import a_purge
from services.moments.tests.world import ANNA, EVA, JOHAN, OLGA, OTHER_UNIT, UNIT, World
from services.moments.work import MomentsWork

FIRST = "om-behandlingen/steps/sa-har-gar-det-till"
SECOND = "om-behandlingen/steps/sa-far-du-stod"


async def turns(world: World, moment: str, *pages: str) -> list[str]:
    """What the resident is answered on each page."""
    found = []
    for page in pages:
        response = await world.call("GET", f"/me/moments/{moment}/modules/{page}", world.resident(OLGA))
        found.append(str(response.json().get("code", response.status_code)))
    return found


@pytest.mark.rule("R80", "R81", "R84")
@pytest.mark.decision("D15")
async def test_the_resident_opens_steps_in_order_and_then_freely(world: World) -> None:
    moment = await world.started()

    answered = await turns(world, moment, SECOND, FIRST, SECOND, FIRST, SECOND)

    assert answered == [
        "step-not-unlocked",
        "sa-har-gar-det-till",
        "sa-far-du-stod",
        "sa-har-gar-det-till",
        "sa-far-du-stod",
    ]
    module = (await world.reads(f"/me/moments/{moment}", world.resident(OLGA)))["modules"][1]
    assert [(step["read"], step["unlocked"]) for step in module["steps"]] == [(False, True), (False, False)]


@pytest.mark.rule("R82", "R83", "R84", "R88")
async def test_staff_open_any_step_and_are_told_when_the_resident_cannot(world: World) -> None:
    moment = await world.started()
    await turns(world, moment, FIRST)

    async def opens(page: str, by: str = ANNA) -> Any:
        return await world.reads(f"/moments/{moment}/modules/{page}", world.staff(by))

    read, next_one, upcoming = (
        await opens(FIRST),
        await opens(SECOND),
        await opens("steg-2/steps/abstinens", EVA),
    )
    third = await opens("bra-att-veta/steps/lakemedel")

    assert (read["accessible_to_resident"], read["notice"]) == (True, None)
    assert datetime.fromisoformat(read["read_at"]) == world.room.clock.now()
    assert (next_one["accessible_to_resident"], next_one["read_at"]) == (True, None)
    for page in (upcoming, third):
        assert not page["accessible_to_resident"]
        assert page["notice"]["text"] == "Steg ej åtkomligt för invånaren"
    assert upcoming["text"]
    steps = next(m for m in (await world.reads(f"/moments/{moment}"))["modules"] if m["code"] == "steg-1")[
        "steps"
    ]
    assert {step["heading"] for step in steps} == {"Förberedelser"}
    # What staff open is neither read nor activity.
    assert (await world.reads(f"/moments/{moment}"))["progress"]["steps_read"] == 1


async def test_a_step_of_another_unit_or_of_no_module_does_not_exist_for_staff(world: World) -> None:
    moment = await world.started()
    path = f"/moments/{moment}/modules"

    there = await world.call("GET", f"{path}/{FIRST}", world.staff(JOHAN, OTHER_UNIT))
    step = await world.call("GET", f"{path}/steg-1/steps/okand", world.staff(ANNA))
    module = await world.call("GET", f"{path}/okand/steps/okand", world.staff(ANNA))

    codes = [(answer.status_code, answer.json()["code"]) for answer in (there, step, module)]
    assert codes == [(404, "moment-not-found"), (404, "step-not-found"), (404, "no-such-module")]


@pytest.mark.rule("R86", "R94")
@pytest.mark.decision("D17")
async def test_a_completed_module_is_marked_and_said_once_and_staff_change_what_they_read(
    world: World,
) -> None:
    moment = await world.started()

    await turns(world, moment, FIRST, SECOND, SECOND)

    (completed,) = await said(world.room, ModuleCompleted)
    assert (completed.module, completed.by) == ("om-behandlingen", world.resident_id(OLGA))
    assert await said(world.room, ProgramCompleted) == []
    opened = await world.reads(f"/moments/{moment}")
    assert [module["code"] for module in opened["modules"] if module["completed"]] == ["om-behandlingen"]
    mine = await world.reads(f"/me/moments/{moment}", world.resident(OLGA))
    progress = opened["progress"]
    assert (progress["steps_read"], progress["percent"]) == (2, mine["percent_read"])
    # The moment is still the version that staff have read.
    assert opened["version"] == 1
    assert (await world.starts_module(moment, "steg-2", 1)).status_code == 200


async def test_pages_turned_at_once_are_all_read_and_completion_is_said_once(world: World) -> None:
    moment = await world.started()
    await turns(world, moment, FIRST)

    answered = await asyncio.gather(*(turns(world, moment, SECOND) for _ in range(6)))

    assert answered == [["sa-far-du-stod"]] * 6
    assert len(await said(world.room, ModuleCompleted)) == 1


@pytest.mark.rule("R94")
async def test_a_page_turned_while_staff_hide_the_last_unread_step_sees_it(world: World) -> None:
    moment = await world.started()
    turning = MomentsWork(world.room, world.tenant, Actor("resident", world.resident_id(OLGA)))
    await read_step(moment, "om-behandlingen", "sa-har-gar-det-till", turning)
    path = f"/moments/{moment}/modules/om-behandlingen/steps"
    body = {"visible_steps": ["sa-har-gar-det-till"]}

    hidden = await world.call("PUT", path, world.staff(ANNA), body, version=1)

    assert hidden.status_code == 200
    with pytest.raises(SavedFirstError):
        await committed(world.room, turning)
    assert await turns(world, moment, FIRST) == ["sa-har-gar-det-till"]
    assert [told.module for told in await said(world.room, ModuleCompleted)] == ["om-behandlingen"]


@pytest.mark.rule("R94")
@pytest.mark.decision("D17")
async def test_a_module_started_with_steps_that_are_all_read_is_completed_by_its_start(world: World) -> None:
    moment = await world.started()
    await turns(world, moment, FIRST)
    path = f"/moments/{moment}/modules/om-behandlingen/set-upcoming"
    await world.call("POST", path, world.staff(ANNA), version=1)

    started = await world.starts_module(moment, "om-behandlingen", 2, visible_steps=["sa-har-gar-det-till"])

    assert started.status_code == 200
    *_, opened, completed = await said(world.room, ModuleStarted, ModuleCompleted)
    assert (type(opened), opened.module) == (ModuleStarted, "om-behandlingen")
    assert (type(completed), completed.module, completed.by) == (ModuleCompleted, "om-behandlingen", ANNA)
    listed = (await world.reads(f"/moments/{moment}"))["modules"]
    assert [module["code"] for module in listed if module["completed"]] == ["om-behandlingen"]


@pytest.mark.rule("R366")
async def test_bookmarks_are_set_found_and_taken_out_by_their_resident(world: World) -> None:
    moment = await world.started()
    await turns(world, moment, FIRST)
    base = f"/me/moments/{moment}"
    mine = world.resident(OLGA)

    set_ = [await world.call("PUT", f"{base}/modules/{FIRST}/bookmark", mine) for _ in range(2)]
    locked = await world.call("PUT", f"{base}/modules/bra-att-veta/steps/lakemedel/bookmark", mine)
    found = await world.reads(f"{base}/bookmarks", mine)
    page = await world.reads(f"{base}/modules/{FIRST}", mine)
    taken = [await world.call("DELETE", f"{base}/modules/{FIRST}/bookmark", mine) for _ in range(2)]

    assert [answer.status_code for answer in (*set_, *taken)] == [204] * 4
    assert (locked.status_code, locked.json()["code"]) == (409, "step-not-unlocked")
    assert [(row["module_name"], row["step_name"]) for row in found] == [
        ("Om behandlingen", "Så här går det till")
    ]
    assert page["bookmarked"]
    assert await world.reads(f"{base}/bookmarks", mine) == []


@pytest.mark.rule("R236")
@pytest.mark.decision("D26")
async def test_a_resident_who_writes_is_active_and_staff_who_write_are_not(world: World) -> None:
    moment = await world.started()
    start = world.room.clock.now()

    def sent(sender: Any, minutes: int) -> MessageSent:
        return MessageSent(
            message_id=f"msg-{minutes}",
            conversation_id="con-1",
            moment_id=moment,
            resident_id=world.resident_id(OLGA),
            unit_id=UNIT,
            sender=sender,
            sent_at=start + timedelta(minutes=minutes),
            by=ANNA if sender == "staff" else world.resident_id(OLGA),
        )

    await world.hears(sent("staff", 1))
    before = (await world.reads(f"/moments/{moment}"))["last_active_at"]
    await world.hears(sent("resident", 20), sent("resident", 10))
    clock_of(world.room).advance(timedelta(minutes=15))
    await turns(world, moment, FIRST)

    after = (await world.reads(f"/moments/{moment}"))["last_active_at"]
    assert before is None
    assert datetime.fromisoformat(after) == start + timedelta(minutes=20)


async def test_a_message_heard_after_the_purge_leaves_nothing(world: World) -> None:
    moment = await world.started()
    await turns(world, moment, FIRST)
    await world.ends(moment)
    await world.hears(a_purge(world, moment))

    handling = await world.hears(
        MessageSent(
            message_id="msg-1",
            conversation_id="con-1",
            moment_id=moment,
            resident_id=world.resident_id(OLGA),
            unit_id=UNIT,
            sender="resident",
            sent_at=world.room.clock.now(),
            by=world.resident_id(OLGA),
        )
    )

    assert (handling.tally.handled, handling.tally.parked) == (1, 0)
    for collection in ("activity", "progress", "moments"):
        assert await world.room.database[collection].count_documents({}) == 0
