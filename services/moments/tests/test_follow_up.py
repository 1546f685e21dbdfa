"""The day after a module is started its resident is told that it is time for it, in words of the designer."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.testing import said
from contracts.moments import ModuleStarted, NoticeTextPublished
from contracts.notifications import NotifyResident
from services.moments.programs.definitions.reading import read_definition
from services.moments.tests.world import ANNA, OLGA, PROGRAMS, UNIT, World, a_world

HEADING = "Bli vän med din mage, hur har det gått?"
MODULE = "hur-har-det-gatt"


@pytest_asyncio.fixture(loop_scope="function")
async def world(mongo_url: str, tenant: str) -> AsyncIterator[World]:
    async with a_world(mongo_url, tenant, programs=("bli-van-med-din-mage",)) as made:
        yield made


@pytest.mark.rule("R186")
async def test_what_the_designer_wrote_is_told_when_it_is_published_and_is_about_nobody(world: World) -> None:
    (text,) = await said(world.room, NoticeTextPublished)

    assert text.heading == HEADING
    assert text.body.startswith("Du har fått tillgång till modulen")
    assert world.tenant not in text.model_dump_json()


@pytest.mark.rule("R185", "R186")
async def test_a_started_follow_up_module_asks_for_a_notice_the_day_after(world: World) -> None:
    moment = await world.started(OLGA, program="bli-van-med-din-mage")
    assert await said(world.room, NotifyResident) == []

    started = await world.starts_module(moment, MODULE, 1)

    assert started.is_success, started.text
    (text,) = await said(world.room, NoticeTextPublished)
    (asked,) = await said(world.room, NotifyResident)
    assert (asked.recipient_id, asked.moment_id) == (world.resident_id(OLGA), moment)
    assert (asked.category, asked.timing, asked.text_id, asked.unit_id) == (
        "follow_up",
        "at",
        text.text_id,
        UNIT,
    )
    opened = [message for message in await said(world.room, ModuleStarted) if message.module == MODULE]
    region = world.room.tenants.by_slug(world.tenant)
    assert asked.due_at is not None
    due = asked.due_at.astimezone(region.zone)
    assert (due.date() - opened[0].at.astimezone(region.zone).date()).days == 1
    assert due.time() == region.batch_time


async def test_a_module_that_is_started_twice_a_day_is_one_notice(world: World) -> None:
    moment = await world.started(OLGA, program="bli-van-med-din-mage")
    await world.starts_module(moment, MODULE, 1)
    path = f"/moments/{moment}/modules/{MODULE}/set-upcoming"
    await world.call("POST", path, world.staff(ANNA), version=2)

    await world.starts_module(moment, MODULE, 3)

    first, second = await said(world.room, NotifyResident)
    assert first.dedup_key == second.dedup_key and first.due_at == second.due_at


def test_the_same_words_are_the_same_text_and_others_are_another() -> None:
    program = read_definition((PROGRAMS / "bli-van-med-din-mage.yaml").read_text("utf-8"))
    (words,) = program.notice_texts

    assert words.id == type(words)(words.heading, words.text).id != type(words)(words.heading, "Annat.").id
