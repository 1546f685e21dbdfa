"""The day after a module is started its resident is told that it is time for it, in words of the designer."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from chassis.testing import clock_of, said
from contracts.moments import NoticeTextPublished
from contracts.notifications import NotifyResident
from services.moments.moments.usecases.announce_follow_up import FOLLOW_UP
from services.moments.programs.definitions.reading import read_definition
from services.moments.tests.test_lifecycle_api import fire, hands_over, maintains, resumes
from services.moments.tests.test_reactions import a_purge, receipt
from services.moments.tests.world import ANNA, KARIN, OLGA, OTHER_UNIT, PROGRAMS, UNIT, World, a_world

PROGRAM = "bli-van-med-din-mage"
VERSION, LATER = "1.0", "1.1"
HEADING = "Bli vän med din mage, hur har det gått?"
MODULE = "hur-har-det-gatt"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
# An hour before the batch of the day after the start.
DAY_AFTER = datetime(2026, 11, 21, 8, tzinfo=STOCKHOLM)


@pytest_asyncio.fixture(loop_scope="function")
async def world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    async with a_world(mongo_url, tenant, programs=(PROGRAM,)) as made:
        yield made


async def started(world: World) -> str:
    """A moment in which the module has just been started, which makes its second version."""
    moment = await world.started(OLGA, program=PROGRAM)
    answer = await world.starts_module(moment, MODULE, 1)
    assert answer.is_success, answer.text
    return moment


async def sets_back(world: World, moment: str, version: int) -> None:
    path = f"/moments/{moment}/modules/{MODULE}/set-upcoming"
    answer = await world.call("POST", path, world.staff(ANNA), version=version)
    assert answer.is_success, answer.text


async def offers_another(world: World, rule: str) -> None:
    """A later version, which follows up like this."""
    text = (PROGRAMS / f"{PROGRAM}.yaml").read_text("utf-8")
    text = text.replace(f'version: "{VERSION}"', f'version: "{LATER}"', 1)
    await world.uploads(text.replace("    days: 1\n    heading: ", rule, 1))
    await world.publishes(PROGRAM, LATER)
    answer = await world.offers(PROGRAM, LATER)
    assert answer.is_success, answer.text


async def reach(world: World, at: datetime) -> None:
    """The time has come, and what was due by then has been done."""
    clock_of(world.room).reach(at)
    await fire(world)


@pytest.mark.rule("R186")
async def test_what_the_designer_wrote_is_told_when_it_is_published_and_is_about_nobody(world: World) -> None:
    (text,) = await said(world.room, NoticeTextPublished)

    assert text.heading == HEADING
    assert text.body.startswith("Du har fått tillgång till modulen")
    assert world.tenant not in text.model_dump_json()


@pytest.mark.rule("R185", "R186")
@pytest.mark.decision("D19")
async def test_a_started_follow_up_module_asks_for_a_notice_the_day_after(world: World) -> None:
    moment = await started(world)
    await reach(world, DAY_AFTER - timedelta(seconds=1))
    assert await said(world.room, NotifyResident) == []

    await reach(world, DAY_AFTER)

    (text,) = await said(world.room, NoticeTextPublished)
    (asked,) = await said(world.room, NotifyResident)
    assert (asked.recipient_id, asked.moment_id) == (world.resident_id(OLGA), moment)
    assert (asked.category, asked.timing, asked.text_id, asked.unit_id) == (
        "follow_up",
        "at",
        text.text_id,
        UNIT,
    )
    assert asked.due_at == datetime(2026, 11, 21, 9, tzinfo=STOCKHOLM)
    # Before its batch: what is asked for later goes with the next one.
    assert asked.asked_at < asked.due_at


@pytest.mark.rule("R66", "R68")
async def test_nobody_is_told_of_a_module_that_was_set_back_until_it_is_started_again(world: World) -> None:
    moment = await started(world)
    await sets_back(world, moment, 2)
    await reach(world, DAY_AFTER + timedelta(days=6))
    assert await said(world.room, NotifyResident) == []

    await world.starts_module(moment, MODULE, 3)
    await reach(world, DAY_AFTER + timedelta(days=7))

    (asked,) = await said(world.room, NotifyResident)
    assert asked.due_at == datetime(2026, 11, 28, 9, tzinfo=STOCKHOLM)


async def test_a_module_that_is_started_twice_a_day_is_told_once(world: World) -> None:
    moment = await started(world)
    await sets_back(world, moment, 2)
    await world.starts_module(moment, MODULE, 3)

    await reach(world, DAY_AFTER)

    assert len(await said(world.room, NotifyResident)) == 1


async def test_what_is_said_again_is_the_same_notice(world: World) -> None:
    moment = await started(world)
    await reach(world, DAY_AFTER)

    # Any start looks at all modules that run, and this one's batch is still to come.
    await world.starts_module(moment, "stress-och-oro", 2)
    await reach(world, DAY_AFTER + timedelta(minutes=1))

    first, second = await said(world.room, NotifyResident)
    assert (first.dedup_key, first.due_at) == (second.dedup_key, second.due_at)


@pytest.mark.rule("R185", "R290", "R302")
@pytest.mark.decision("D11")
@pytest.mark.parametrize("closed", ["end", "maintain", f"modules/{MODULE}/end"])
async def test_nobody_is_told_of_what_is_closed_by_then(world: World, closed: str) -> None:
    moment = await started(world)
    bodies = {"end": {"reason": "completed"}, "maintain": {"days": 7, "modules": ["borja-har"]}}
    path = f"/moments/{moment}/{closed}"
    answer = await world.call("POST", path, world.staff(ANNA), bodies.get(closed), version=2)
    assert answer.is_success, answer.text

    await reach(world, DAY_AFTER)

    assert await said(world.room, NotifyResident) == []
    assert await world.room.database["timers"].count_documents({"kind": FOLLOW_UP}) == 0


@pytest.mark.decision("D10")
@pytest.mark.parametrize("resumed", [DAY_AFTER - timedelta(hours=8), DAY_AFTER + timedelta(minutes=20)])
async def test_a_moment_that_is_resumed_before_the_batch_is_told_of(world: World, resumed: datetime) -> None:
    moment = await started(world)
    await maintains(world, moment, version=2, modules=["borja-har"])
    await reach(world, resumed)
    await resumes(world, moment, 3)

    await reach(world, max(resumed, DAY_AFTER))

    assert len(await said(world.room, NotifyResident)) == 1


@pytest.mark.rule("R185", "R306")
@pytest.mark.decision("D32")
@pytest.mark.parametrize("handed_over", [DAY_AFTER - timedelta(hours=8), DAY_AFTER + timedelta(minutes=30)])
async def test_what_a_handover_takes_along_is_told_there_on_the_same_day(
    world: World, handed_over: datetime
) -> None:
    moment = await started(world)
    await world.offers(PROGRAM, VERSION, OTHER_UNIT)
    await reach(world, handed_over)
    continuing = (await hands_over(world, moment, version=2)).json()["continued_by_id"]

    await reach(world, max(handed_over, DAY_AFTER))

    asked = (await said(world.room, NotifyResident))[-1]
    assert (asked.moment_id, asked.unit_id) == (continuing, OTHER_UNIT)
    assert asked.due_at == datetime(2026, 11, 21, 9, tzinfo=STOCKHOLM)


async def test_what_was_told_before_a_handover_is_not_told_again(world: World) -> None:
    moment = await started(world)
    await world.offers(PROGRAM, VERSION, OTHER_UNIT)
    await reach(world, DAY_AFTER)
    await reach(world, DAY_AFTER + timedelta(hours=1))

    await hands_over(world, moment, version=2)
    await reach(world, DAY_AFTER + timedelta(days=3))

    assert [asked.moment_id for asked in await said(world.room, NotifyResident)] == [moment]


async def test_what_is_to_be_told_the_same_day_goes_with_the_first_batch_after_the_start(
    world: World,
) -> None:
    await offers_another(world, "    days: 0\n    heading: ")
    await started(world)
    await fire(world)
    assert await said(world.room, NotifyResident) == []

    await reach(world, DAY_AFTER)

    (asked,) = await said(world.room, NotifyResident)
    assert asked.due_at == datetime(2026, 11, 21, 9, tzinfo=STOCKHOLM)


async def applies_later(world: World) -> None:
    path = f"/units/{UNIT}/programs/{PROGRAM}/apply-minor"
    body = {"version": LATER, "limit": 200}
    applied = await world.call("POST", path, world.staff(KARIN), body)
    assert applied.is_success, applied.text


@pytest.mark.rule("R36")
@pytest.mark.decision("D29")
@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("applied", [DAY_AFTER - timedelta(hours=8), DAY_AFTER + timedelta(minutes=20)])
async def test_another_day_of_a_later_version_counts_from_the_next_start_on(
    world: World, days: int, applied: datetime
) -> None:
    await started(world)
    await offers_another(world, f"    days: {days}\n    heading: Snart dags, ")
    await reach(world, applied)
    await applies_later(world)

    await reach(world, DAY_AFTER + timedelta(days=7))

    (asked,) = await said(world.room, NotifyResident)
    assert asked.due_at == DAY_AFTER + timedelta(hours=1)


@pytest.mark.rule("R36")
@pytest.mark.decision("D29")
async def test_a_later_version_says_in_what_words_it_is_told(world: World) -> None:
    moment = await started(world)
    await offers_another(world, "    days: 2\n    heading: Snart dags, ")
    await applies_later(world)

    await reach(world, DAY_AFTER)

    (asked,) = await said(world.room, NotifyResident)
    assert asked.moment_id == moment
    assert asked.text_id == (await said(world.room, NoticeTextPublished))[-1].text_id


async def test_what_a_later_version_starts_is_told_on_its_day(world: World) -> None:
    moment = await started(world)
    await offers_another(world, "    days: 2\n    heading: Snart dags, ")
    await applies_later(world)
    await sets_back(world, moment, 3)
    await world.starts_module(moment, MODULE, 4)

    await reach(world, DAY_AFTER)
    assert await said(world.room, NotifyResident) == []
    await reach(world, DAY_AFTER + timedelta(days=1))

    assert len(await said(world.room, NotifyResident)) == 1


@pytest.mark.rule("R308")
async def test_a_purge_takes_along_what_waits(world: World) -> None:
    moment = await started(world)
    await world.ends(moment, 2)
    assert await world.room.database["timers"].count_documents({"kind": FOLLOW_UP}) == 1

    await world.hears(a_purge(world, moment))

    assert await world.room.database["timers"].count_documents({}) == 0
    assert {deleted.collection: deleted.count for deleted in (await receipt(world)).deleted}["timers"] == 1


def test_the_same_words_are_the_same_text_and_others_are_another() -> None:
    program = read_definition((PROGRAMS / "bli-van-med-din-mage.yaml").read_text("utf-8"))
    (words,) = program.notice_texts

    assert words.id == type(words)(words.heading, words.text).id != type(words)(words.heading, "Annat.").id
