"""The endpoints of both sides, on a real database."""

import asyncio

import pytest

from chassis.testing import UNIT, committed, said
from chassis.work import Actor
from contracts.messaging import ConversationRead, MessageSent
from contracts.notifications import NotifyResident
from services.messaging.domain.people import Notify
from services.messaging.store.work import MessagingWork
from services.messaging.tests.world import MOMENT, PRACTITIONER, World
from services.messaging.usecases.write_message import WriteMessage, write_message


@pytest.mark.rule("R155", "R156", "R177", "R305")
async def test_what_one_side_writes_the_other_reads_and_the_writer_sees_that(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    sent = await world.staff_writes(conversation, "Hej <b>Alice</b>")
    assert sent.status_code == 201, sent.text
    assert (await world.staff_reads(conversation)).json()["items"][0]["read_at"] is None
    world.later()

    seen = (await world.alice_reads(conversation)).json()

    assert [(item["text"], item["sender"], item["author"]) for item in seen["items"]] == [
        ("Hej <b>Alice</b>", "staff", None)
    ]
    receipt = (await world.staff_reads(conversation)).json()["items"][0]
    assert receipt["read_at"] == seen["items"][0]["read_at"] is not None
    assert receipt["author"] == PRACTITIONER
    (read,) = await said(world.room, ConversationRead)
    assert (read.reader, read.up_to, read.by) == ("resident", sent.json()["id"], world.alice)


async def test_the_receipt_keeps_the_first_time_and_reading_again_says_nothing(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    first = (await world.alice_reads(conversation)).json()["items"][0]["read_at"]
    world.later()
    await world.alice_reads(conversation)
    await world.staff_writes(conversation, "Två")
    world.later()

    again = (await world.alice_reads(conversation)).json()["items"]

    assert again[1]["read_at"] == first < again[0]["read_at"]
    assert len(await said(world.room, ConversationRead)) == 2


@pytest.mark.rule("R168", "R169", "R170", "R179")
@pytest.mark.decision("D3")
@pytest.mark.parametrize(
    ("body", "timings"),
    [({}, ["direct"]), ({"notify": "batched"}, ["batched"]), ({"notify": "none"}, [])],
)
async def test_staff_choose_whether_and_when_the_resident_is_notified(
    world: World, body: dict[str, str], timings: list[str]
) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()

    message = (await world.staff_writes(conversation, **body)).json()["id"]

    asked = await said(world.room, NotifyResident)
    assert [command.timing for command in asked] == timings
    for command in asked:
        assert (command.recipient_id, command.dedup_key, command.unless_read, command.category) == (
            world.alice,
            message,
            conversation,
            "new_message",
        )
        assert command.unit_id == UNIT
    assert len(await said(world.room, MessageSent)) == 1
    (outbox,) = await world.room.database["outbox"].find({"type": MessageSent.type()}).to_list(None)
    assert outbox["key"] == MOMENT


async def test_a_message_written_while_the_resident_read_does_not_look_read(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    slow = MessagingWork(world.room, world.tenant, Actor("staff", PRACTITIONER, UNIT))
    world.later()
    await world.alice_reads(conversation)

    await write_message(WriteMessage(conversation, "Två", Notify.DIRECT), slow)
    await committed(world.room, slow)

    (read,) = await said(world.room, ConversationRead)
    asked = (await said(world.room, NotifyResident))[-1]
    assert asked.asked_at > read.read_at
    newest = (await world.staff_reads(conversation)).json()["items"][0]
    assert (newest["text"], newest["read_at"]) == ("Två", None)


async def test_a_residents_message_asks_for_no_notice(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation(world.resident())

    assert (await world.alice_writes(conversation)).status_code == 201

    assert await said(world.room, NotifyResident) == []
    (message,) = await said(world.room, MessageSent)
    assert (message.sender, message.by, message.conversation_id) == ("resident", world.alice, conversation)


async def test_a_repeated_request_sends_one_message_and_gets_the_first_answer(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    path, who = f"/conversations/{conversation}/messages", await world.staff()

    first = await world.post(path, who, {"text": "Hej"}, key="same")
    again = await world.post(path, who, {"text": "Hej"}, key="same")
    other = await world.post(path, who, {"text": "Nej"}, key="same")

    assert again.status_code == 201
    assert again.json() == first.json()
    assert other.json()["code"] == "idempotency-key-reused"
    assert await world.count("messages") == 1
    assert len(await said(world.room, NotifyResident)) == 1
    without_key = await world.api.http.post(path, headers=who, json={"text": "Hej"})
    assert without_key.status_code == 400


@pytest.mark.rule("R172")
@pytest.mark.decision("D22")
async def test_the_composer_warns_until_the_resident_has_a_channel_and_the_message_goes_anyway(
    world: World,
) -> None:
    await world.hears_a_moment()
    path, who = f"/moments/{MOMENT}/conversations", await world.staff()

    before = (await world.get(path, who)).json()["composer"]
    await world.hears(world.chose(sms=False, email=True))
    after = (await world.get(path, who)).json()["composer"]

    assert before["hints"] == [
        {
            "code": "no-channel",
            "text": "Invånaren har inte aktiverat notifiering via SMS eller e-post",
        }
    ]
    assert before["can_write"]
    assert after["hints"] == []
    assert after["notify_default"] == "direct"
    await world.hears(world.chose(sms=False, email=False))
    assert (await world.staff_writes(await world.a_conversation())).status_code == 201


@pytest.mark.rule("R174")
async def test_residents_are_told_not_to_write_about_urgent_matters(world: World) -> None:
    await world.hears_a_moment()

    answer = await world.get(f"/me/moments/{MOMENT}/conversations", world.resident())

    assert [hint["code"] for hint in answer.json()["composer"]["hints"]] == ["not-urgent"]
    assert "112" in answer.json()["composer"]["hints"][0]["text"]


@pytest.mark.rule("R158", "R164", "R165")
async def test_the_list_shows_titles_and_what_is_unread_for_whoever_asks(world: World) -> None:
    await world.hears_a_moment()
    named, unnamed = await world.a_conversation(title="Sömn"), await world.a_conversation()
    await world.staff_writes(named)
    await world.staff_writes(named)
    world.later()
    await world.staff_writes(unnamed)

    for_alice = (await world.get(f"/me/moments/{MOMENT}/conversations", world.resident())).json()
    for_staff = (await world.get(f"/moments/{MOMENT}/conversations", await world.staff())).json()

    assert [(item["title"], item["unread"]) for item in for_alice["items"]] == [
        ("Min konversation", 1),
        ("Sömn", 2),
    ]
    assert for_alice["unread"] == 3
    assert for_staff["unread"] == 0


async def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    await world.hears_a_moment()
    opened = [await world.a_conversation() for _ in range(5)]
    for number in range(5):
        await world.staff_writes(opened[0], f"Nr {number}")

    texts, path, who = [], f"/conversations/{opened[0]}/messages?limit=2", world.resident()
    cursor = ""
    while cursor is not None:
        page = (await world.get(f"/me{path}{cursor and '&cursor=' + cursor}", who)).json()
        texts += [item["text"] for item in page["items"]]
        cursor = page["next"]
    listed: list[str] = []
    cursor = ""
    while cursor is not None:
        path = f"/moments/{MOMENT}/conversations?limit=2{cursor and '&cursor=' + cursor}"
        page = (await world.get(path, await world.staff())).json()
        listed += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert texts == [f"Nr {number}" for number in (4, 3, 2, 1, 0)]
    assert sorted(listed) == sorted(opened)
    wrong = await world.staff_reads(opened[0], "?cursor=bm90aGluZw")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "malformed-cursor")


@pytest.mark.rule("R160")
async def test_a_conversation_is_removed_until_its_first_message_and_not_after(world: World) -> None:
    await world.hears_a_moment()
    empty, used = await world.a_conversation(), await world.a_conversation()
    await world.staff_writes(used)
    who = await world.staff()

    gone = await world.api.http.delete(f"/conversations/{empty}", headers=who)
    refused = await world.api.http.delete(f"/conversations/{used}", headers=who)

    assert gone.status_code == 204
    assert (await world.staff_reads(empty)).status_code == 404
    assert (refused.status_code, refused.json()["code"]) == (409, "conversation-has-messages")


@pytest.mark.decision("D49")
async def test_staff_rename_a_conversation_that_they_have_read_in_its_latest_version(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    version = (await world.staff_reads(conversation)).headers["etag"]
    path, who = f"/conversations/{conversation}/title", await world.staff()

    renamed = await world.api.http.put(path, headers={**who, "If-Match": version}, json={"title": "Sömn"})
    stale = await world.api.http.put(path, headers={**who, "If-Match": version}, json={"title": "Vila"})

    assert renamed.json()["title"] == "Sömn"
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await world.staff_reads(conversation)).json()["conversation"]["title"] == "Sömn"


@pytest.mark.rule("R161", "R162")
@pytest.mark.decision("D46")
async def test_texts_from_outside_are_cleaned_counted_and_never_repeated_in_a_refusal(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()

    long = await world.staff_writes(conversation, "hemligt" + "x" * 100_000)
    blank = await world.staff_writes(conversation, "<p>\u200b&nbsp;</p>")
    script = await world.staff_writes(conversation, "<script>x()</script>\u202eHej 👩‍👩‍👧‍👦<b>!</b> مرحبا")
    null = await world.staff_writes(conversation, "a\x00b")

    assert (long.status_code, long.json()["code"]) == (422, "message-too-long")
    assert long.json()["fields"] == {"length": 100_007, "limit": 10_000}
    assert "hemligt" not in long.text
    assert "100007" in long.json()["text"].replace(" ", "")
    assert (blank.status_code, blank.json()["code"]) == (422, "empty-message")
    assert script.status_code == null.status_code == 201
    texts = [item["text"] for item in (await world.staff_reads(conversation)).json()["items"]]
    assert texts == ["ab", "Hej 👩‍👩‍👧‍👦<b>!</b> مرحبا"]
    title = await world.post(f"/moments/{MOMENT}/conversations", await world.staff(), {"title": "å" * 101})
    assert (title.status_code, title.json()["code"]) == (422, "title-too-long")


async def test_many_writers_of_one_conversation_get_a_number_each(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()

    answers = await asyncio.gather(*(world.staff_writes(conversation, f"Nr {n}") for n in range(6)))

    assert sorted(answer.json().get("number") for answer in answers) == [1, 2, 3, 4, 5, 6]
    assert len(await said(world.room, MessageSent)) == 6
