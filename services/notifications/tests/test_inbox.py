"""The resident's own inbox: every notice has its entry there, behind the login, from a unit and with a purpose."""

from datetime import date
from typing import Any

import pytest

from chassis.testing import said
from contracts.moments import NoticeTextPublished
from contracts.retention import AccessRecorded, PurgeRequested
from services.notifications.domain.wording import DIGEST
from services.notifications.entry_texts import entry_text, labels
from services.notifications.tests.test_batches import a_reading
from services.notifications.tests.world import World, a_mobile
from services.notifications.wording import wordings

ALICE_NUMBER = "199001029827"
UNIT = "SE2321000131-E000000000001"
TEXT = "txt-" + "7" * 32
HEADING, BODY = (
    "Bli vän med din mage, hur har det gått?",
    "Du har fått tillgång till modulen Hur har det gått?",
)
SMS, MAIL = a_mobile(), "alice@example.se"


async def as_alice(world: World) -> tuple[str, dict[str, str]]:
    headers = world.api.as_resident(world.tenant, ALICE_NUMBER)
    return world.room.pseudonyms.resident_id(world.tenant, ALICE_NUMBER), headers


async def inbox(world: World, headers: dict[str, str], **params: Any) -> Any:
    answer = await world.api.http.get("/me/inbox", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_text(world: World, heading: str = HEADING, body: str = BODY) -> NoticeTextPublished:
    return NoticeTextPublished(text_id=TEXT, heading=heading, body=body, published_at=world.room.clock.now())


@pytest.mark.rule("R178", "R196", "R199")
async def test_a_notice_is_an_entry_from_a_unit_with_a_purpose_and_where_to_turn(world: World) -> None:
    alice, headers = await as_alice(world)
    await world.has_on(alice, sms=SMS, email=MAIL)

    await world.hears(world.asks(recipient_id=alice, unit_id=UNIT))
    await world.sends()

    assert len(world.texts_to(SMS)) == len(world.mails_to(MAIL)) == 1
    (entry,) = (await inbox(world, headers))["items"]
    neutral = entry_text("new_message", None)
    assert (entry["heading"], entry["text"]) == (neutral.heading, neutral.text)
    assert (entry["unit"], entry["moment_id"], entry["read_at"]) == (UNIT, "mom-1", None)
    assert entry["purpose"] == neutral.purpose and entry["answers"] == neutral.answers
    assert entry["turn_to"] == world.room.tenants.by_slug(world.tenant).support.residents
    (settled,) = await world.entered()
    assert (settled.outcome, settled.reason) == ("sent", "none")


@pytest.mark.decision("D22")
async def test_an_entry_is_made_whatever_is_switched_off_read_or_quiet(world: World) -> None:
    alice, headers = await as_alice(world)
    await world.hears(world.asks(recipient_id=alice))
    await world.hears(a_reading(world, resident_id=alice))
    asked_at = world.room.clock.now()
    await world.hears(
        world.asks(recipient_id=alice, unless_read="cnv-1", asked_at=asked_at.replace(year=2025))
    )
    await world.hears(world.asks(recipient_id=alice, timing="batched"))

    assert len((await inbox(world, headers))["items"]) == 3
    account = await world.balance()
    assert account.balanced and account.channels["inbox"] == {"sent": 2}
    assert sorted(s.reason for s in await world.settled()) == ["no_channel", "read"]


@pytest.mark.rule("R171", "R181", "R182")
async def test_batched_messages_are_entries_at_once_and_one_sms_in_the_forenoon(world: World) -> None:
    alice, headers = await as_alice(world)
    await world.has_on(alice, sms=SMS)
    await world.hears(
        world.asks(recipient_id=alice, timing="batched"), world.asks(recipient_id=alice, timing="batched")
    )

    assert len((await inbox(world, headers))["items"]) == 2
    assert world.texts_to(SMS) == []
    world.passes(days=1)
    await world.batch_hour()
    await world.sends()
    _, headers = await as_alice(world)

    assert len(world.texts_to(SMS)) == 1
    assert len((await inbox(world, headers))["items"]) == 2
    account = await world.balance(date(2026, 11, 20))
    assert account.balanced and account.entries == account.entered == 2
    assert account.outcomes["digested"] == 2 and account.channels["inbox"] == {"sent": 2}


@pytest.mark.rule("R185", "R186")
async def test_the_designers_heading_and_text_stand_in_the_entry_on_its_day_and_in_no_sms_or_mail(
    world: World,
) -> None:
    alice, headers = await as_alice(world)
    await world.has_on(alice, sms=SMS, email=MAIL)
    await world.hears(a_text(world))
    tomorrow = world.room.clock.now().replace(day=21)
    await world.hears(
        world.asks(
            recipient_id=alice,
            category="follow_up",
            timing="at",
            due_at=tomorrow,
            unit_id=UNIT,
            text_id=TEXT,
        )
    )

    assert (await inbox(world, headers))["items"] == []
    assert (await world.balance()).channels["inbox"] == {"pending": 1}
    world.passes(days=1)
    await world.batch_hour()
    await world.sends()
    _, headers = await as_alice(world)

    (entry,) = (await inbox(world, headers))["items"]
    assert (entry["heading"], entry["text"], entry["unit"]) == (HEADING, BODY, UNIT)
    assert world.texts_to(SMS) == [wordings()[DIGEST].sms]
    (mail,) = world.mails_to(MAIL)
    assert HEADING not in mail["subject"] + mail["text"] and BODY not in mail["text"]
    assert (await world.balance(date(2026, 11, 20))).balanced


async def test_an_entry_is_neutral_until_its_text_has_come(world: World) -> None:
    alice, headers = await as_alice(world)
    await world.hears(world.asks(recipient_id=alice, category="follow_up", text_id=TEXT))

    (before,) = (await inbox(world, headers))["items"]
    await world.hears(a_text(world), a_text(world))
    (after,) = (await inbox(world, headers))["items"]

    assert before["heading"] == entry_text("follow_up", None).heading
    assert (after["heading"], after["text"]) == (HEADING, BODY)


async def test_the_inbox_is_read_page_by_page_and_what_is_read_stays_read(world: World) -> None:
    alice, headers = await as_alice(world)
    for number in range(5):
        world.passes(minutes=1)
        await world.hears(world.asks(f"k{number}", recipient_id=alice, moment_id=f"mom-{number}"))

    first = await inbox(world, headers, limit=2)
    second = await inbox(world, headers, limit=2, cursor=first["next"])
    third = await inbox(world, headers, limit=2, cursor=second["next"])
    shown = [entry["moment_id"] for page in (first, second, third) for entry in page["items"]]
    assert shown == [f"mom-{number}" for number in (4, 3, 2, 1, 0)] and third["next"] is None

    address = f"/me/inbox/{first['items'][1]['id']}/read"
    read = (await world.api.http.put(address, headers=headers)).json()
    world.passes(minutes=1)
    again = (await world.api.http.put(address, headers=headers)).json()
    assert read["read_at"] is not None and again["read_at"] == read["read_at"]
    unread = [entry["moment_id"] for entry in (await inbox(world, headers, unread=True))["items"]]
    assert unread == ["mom-4", "mom-2", "mom-1", "mom-0"]
    counted = await world.api.http.get("/me/inbox/unread", headers=headers)
    assert counted.json() == {"unread": 4}


async def test_an_inbox_is_its_residents_own(world: World) -> None:
    alice, headers = await as_alice(world)
    await world.hears(world.asks(recipient_id=alice))
    (entry,) = (await inbox(world, headers))["items"]
    bob = world.api.as_resident(world.tenant, "197812069875")

    theirs = await inbox(world, bob)
    marked = await world.api.http.put(f"/me/inbox/{entry['id']}/read", headers=bob)

    assert theirs["items"] == [] and marked.status_code == 404
    assert (await inbox(world, headers))["items"][0]["read_at"] is None
    read = [r for r in await said(world.room, AccessRecorded) if r.action == "inbox.read"]
    assert {r.resident_id for r in read} == {
        alice,
        world.room.pseudonyms.resident_id(world.tenant, "197812069875"),
    }


async def test_a_moment_that_is_purged_takes_its_entries_and_gets_no_more(world: World) -> None:
    alice, headers = await as_alice(world)
    day = date(2026, 11, 20)
    await world.hears(
        world.asks(recipient_id=alice),
        world.asks(recipient_id=alice, moment_id="mom-2"),
        world.asks(recipient_id=alice, timing="at", due_at=world.room.clock.now().replace(day=21)),
    )
    before = await world.balance(day)

    await world.hears(
        PurgeRequested(
            purge_id="prg-1",
            scope="moment",
            moment_id="mom-1",
            resident_id=alice,
            requested_at=world.room.clock.now(),
        )
    )
    await world.hears(world.asks(recipient_id=alice))

    assert [entry["moment_id"] for entry in (await inbox(world, headers))["items"]] == ["mom-2"]
    after = await world.balance(day)
    assert before.balanced and before.channels["inbox"] == {"pending": 1, "sent": 2}
    assert after.balanced and after.channels["inbox"] == {"sent": 2, "suppressed": 2}


@pytest.mark.rule("R199")
def test_every_category_says_why_it_is_sent_and_how_answers_are_used() -> None:
    for category in ("new_message", "follow_up", "reminder"):
        said_there = entry_text(category, None)
        assert all((said_there.heading, said_there.text, said_there.purpose, said_there.answers))
    assert labels().turn_to


async def test_without_delivery_to_1177_no_number_is_kept(world: World) -> None:
    _, headers = await as_alice(world)
    await inbox(world, headers)

    assert await world.room.database["inboxes"].count_documents({}) == 0
