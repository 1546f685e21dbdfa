"""Entries at 1177: delivered by AddMessage, once whatever the inbox answers, and told of when they cannot be."""

import asyncio
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from chassis.testing import raw_bytes
from contracts.access import Role
from contracts.retention import PurgeRequested
from deploy.embedded.behaviour import Mode
from services.notifications.entry_texts import entry_text, labels
from services.notifications.providers.inboxes import Inbox1177
from services.notifications.tests.test_inbox import ALICE_NUMBER, BODY, HEADING, TEXT, UNIT, a_text, inbox
from services.notifications.tests.world import SOURCE, World, a_mobile

SMS = a_mobile()
STAFF = "SE2321000131-P000000000101"


@pytest.fixture
def world(world: World) -> World:
    world.delivers_to_1177()
    return world


@pytest.mark.rule("R198", "R199")
async def test_from_the_first_login_on_an_entry_reaches_1177_with_its_unit_purpose_and_where_to_turn(
    world: World,
) -> None:
    alice = world.room.pseudonyms.resident_id(world.tenant, ALICE_NUMBER)
    await world.hears(world.asks("before", recipient_id=alice, unit_id=UNIT))
    await world.logs_in(ALICE_NUMBER)

    await world.hears(world.asks("after", recipient_id=alice, unit_id=UNIT))
    await world.sends()

    (row,) = world.delivered_to(ALICE_NUMBER)
    said = entry_text("new_message", None)
    assert (row["unit"], row["heading"]) == (UNIT, said.heading)
    assert (row["source_system"], row["notify"]) == (SOURCE, "false")
    texts = ["".join(part.itertext()) for part in ET.fromstring(row["text"])]
    region = world.room.tenants.by_slug(world.tenant)
    assert texts == [
        said.heading,
        said.text,
        f"{labels().purpose}{said.purpose}{said.answers}",
        f"{labels().turn_to}{region.support.residents}",
    ]
    assert len((await inbox(world, world.api.as_resident(world.tenant, ALICE_NUMBER)))["items"]) == 2
    account = await world.balance()
    assert account.balanced and account.channels["inbox"] == {"sent": 2}
    assert all(entry["to"] is None for entry in await world.entries())


async def test_first_looks_that_come_at_once_open_one_inbox(world: World) -> None:
    headers = world.api.as_resident(world.tenant, ALICE_NUMBER)
    paths = ["/me/inbox", "/me/inbox/unread"] * 6

    answers = await asyncio.gather(*(world.api.http.get(path, headers=headers) for path in paths))

    assert {answer.status_code for answer in answers} == {200}
    assert await world.room.database["inboxes"].count_documents({}) == 1


@pytest.mark.parametrize(
    "mode", [Mode.OK, Mode.FAIL, Mode.HANG, Mode.DROP, Mode.LATE, Mode.TWICE], ids=lambda mode: mode.value
)
async def test_the_inbox_takes_exactly_one_entry_whatever_it_answers(world: World, mode: Mode) -> None:
    alice = await world.logs_in(ALICE_NUMBER)
    world.inbox_does(mode, seconds=1.0)

    await world.hears(world.asks(recipient_id=alice, unit_id=UNIT))
    await world.sends()

    assert len(world.delivered_to(ALICE_NUMBER)) == 1
    (settled,) = await world.entered()
    assert (settled.outcome, settled.reason) == ("sent", "none")
    assert (await world.balance()).balanced


@pytest.mark.rule("R197")
async def test_a_resident_who_has_blocked_the_login_is_unreachable_and_staff_are_told(world: World) -> None:
    alice = await world.logs_in(ALICE_NUMBER)
    await world.has_on(alice, sms=SMS)
    world.inbox_does(Mode.UNDELIVERED)

    await world.hears(world.asks("k1", recipient_id=alice, unit_id=UNIT))
    await world.sends()

    assert world.delivered_to(ALICE_NUMBER) == []
    (settled,) = await world.entered()
    assert (settled.channel, settled.outcome, settled.reason) == ("inbox", "failed", "unreachable")
    staff = await world.api.as_staff(world.tenant, STAFF, Role.CAREGIVER_ADMIN)
    told = await world.api.http.get("/notices/why", params={"dedup_key": "k1"}, headers=staff)
    (notice,) = told.json()["notices"]
    assert [(line["channel"], line["outcome"], line["reason"]) for line in notice["sent"]] == [
        ("sms", "sent", "none"),
        ("inbox", "failed", "unreachable"),
    ]
    account = await world.balance()
    assert account.balanced and account.outcomes["sent"] == 1 and account.channels["inbox"] == {"failed": 1}
    assert len((await inbox(world, world.api.as_resident(world.tenant, ALICE_NUMBER)))["items"]) == 1


async def test_what_the_inbox_refuses_has_failed_for_good(world: World) -> None:
    alice = await world.logs_in(ALICE_NUMBER)
    world.inbox_does(Mode.REJECT)

    await world.hears(world.asks(recipient_id=alice, unit_id=UNIT))
    await world.sends()

    (settled,) = await world.entered()
    assert (settled.outcome, settled.reason) == ("failed", "rejected")


async def test_without_a_trace_a_lost_answer_stays_unknown_and_is_not_tried_again(world: World) -> None:
    alice = await world.logs_in(ALICE_NUMBER)
    assert isinstance(world.inbox_1177, Inbox1177)
    world.inbox_1177._trace = None
    world.inbox_does(Mode.DROP)

    await world.hears(world.asks(recipient_id=alice, unit_id=UNIT))
    await world.sends()

    assert len(world.delivered_to(ALICE_NUMBER)) == 1
    account = await world.balance()
    assert account.balanced and account.channels["inbox"] == {"unknown": 1}


@pytest.mark.rule("R186")
async def test_an_entry_waits_for_its_text_and_goes_without_it_in_the_end(world: World) -> None:
    alice = await world.logs_in(ALICE_NUMBER)
    asked = {"recipient_id": alice, "unit_id": UNIT, "category": "follow_up", "text_id": TEXT}
    await world.hears(world.asks("late", **asked))
    await world.sends(until_settled=False)
    assert world.delivered_to(ALICE_NUMBER) == []

    sendings = world.room.database["sendings"]
    (entry,) = await world.entries()
    await sendings.update_one(
        {"_id": entry["_id"]},
        [{"$set": {"next_at": "$$NOW", "made_at": entry["made_at"] - timedelta(minutes=11)}}],
    )
    await world.sends()
    await world.hears(a_text(world), world.asks("timely", **asked))
    await world.sends()

    neutral, designed = world.delivered_to(ALICE_NUMBER)
    assert neutral["heading"] == entry_text("follow_up", None).heading
    assert designed["heading"] == HEADING and BODY in designed["text"]


async def test_what_is_from_no_unit_is_in_our_own_inbox_alone(world: World) -> None:
    alice = await world.logs_in(ALICE_NUMBER)

    await world.hears(world.asks(recipient_id=alice))
    await world.sends()

    assert world.delivered_to(ALICE_NUMBER) == []
    assert (await world.balance()).channels["inbox"] == {"sent": 1}


async def test_a_purge_forgets_the_number_and_delivers_nothing_more(world: World) -> None:
    alice = await world.logs_in(ALICE_NUMBER)
    assert ALICE_NUMBER.encode() not in await raw_bytes(world.room)
    await world.hears(world.asks(recipient_id=alice, unit_id=UNIT))

    for scope in ("moment", "resident"):
        await world.hears(
            PurgeRequested(
                purge_id=f"prg-{scope}",
                scope=scope,
                moment_id="mom-1",
                resident_id=alice,
                requested_at=world.room.clock.now(),
            )
        )
    await world.sends()

    assert world.delivered_to(ALICE_NUMBER) == []
    assert await world.room.database["inboxes"].count_documents({}) == 0
    account = await world.balance()
    assert account.balanced and account.channels["inbox"] == {"suppressed": 1}
