"""Searching a moment through the endpoints of both sides."""

import pytest

from chassis.testing import raw_bytes, said
from contracts.messaging import ConversationRead
from contracts.retention import AccessRecorded
from services.messaging.tests.world import BOB, MOMENT, OTHER_UNIT, World


async def test_messages_are_found_by_their_words_newest_first_without_being_opened(world: World) -> None:
    await world.hears_a_moment()
    named, other = await world.a_conversation(title="Sömn"), await world.a_conversation(world.resident())
    await world.staff_writes(named, "Hur <b>SOV</b> du i natt?")
    world.later()
    await world.alice_writes(other, "Jag sov inte alls")
    await world.staff_writes(other, "Tack &amp; hej")

    found = (await world.search("messages", "sov", me=True)).json()
    both = (await world.search("messages", "natt  sov")).json()

    assert [(hit["excerpt"], hit["title"], hit["sender"], hit["author_name"]) for hit in found["items"]] == [
        ("Jag sov inte alls", "Min konversation", "resident", None),
        ("Hur SOV du i natt?", "Sömn", "staff", "Test"),
    ]
    assert [hit["conversation_id"] for hit in both["items"]] == [named]
    assert (await world.search("messages", "& hej")).json()["items"][0]["excerpt"] == "Tack & hej"
    assert await said(world.room, ConversationRead) == []
    assert (await world.get(f"/me/moments/{MOMENT}/conversations", world.resident())).json()["unread"] == 2


async def test_titles_are_found_as_people_see_them_in_the_order_of_the_list(world: World) -> None:
    await world.hears_a_moment()
    named = await world.a_conversation(title="Frågor om sömn")
    unnamed = await world.a_conversation(world.resident())
    await world.staff_writes(named)
    await world.alice_writes(unnamed)
    hidden = await world.a_conversation(title="Sömn, nästa vecka")

    assert [hit["id"] for hit in (await world.search("conversations", "sömn", me=True)).json()["items"]] == [
        named
    ]
    assert {hit["id"] for hit in (await world.search("conversations", "SÖMN")).json()["items"]} == {
        named,
        hidden,
    }
    assert [hit["id"] for hit in (await world.search("conversations", "min konv")).json()["items"]] == [
        unnamed
    ]


async def test_a_search_goes_on_from_page_to_page_and_finds_each_once(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    wanted = [0, 1, 6, 7]
    for number in range(8):
        await world.staff_writes(conversation, f"{'Sömn' if number in wanted else 'Vila'} {number}")
        await world.a_conversation(title=f"{'Sömn' if number in wanted else 'Vila'} {number}")

    for what, shown in (("messages", "excerpt"), ("conversations", "title")):
        found: list[str] = []
        cursor, pages = None, 0
        while not pages or cursor:
            page = (await world.search(what, "sömn", limit=3, cursor=cursor)).json()
            found += [hit[shown] for hit in page["items"]]
            cursor, pages = page["next"], pages + 1
        assert sorted(found) == [f"Sömn {number}" for number in wanted]
        assert pages == 2


@pytest.mark.rule("R333", "R335")
async def test_a_search_is_recorded_without_its_words_and_refused_with_a_reason(world: World) -> None:
    await world.hears_a_moment()
    await world.a_conversation()

    short = await world.search("messages", "\u200bå ")
    long = await world.search("conversations", "hemligt" * 20)
    cursor = await world.search("messages", "sömn", cursor="bm90aGluZw")
    await world.search("messages", "hemligheten")
    await world.search("conversations", "hemligheten", me=True)

    assert (short.status_code, short.json()["code"]) == (422, "search-too-short")
    assert short.json()["text"] == "Skriv minst 2 tecken att söka efter."
    assert (long.status_code, long.json()["code"]) == (422, "search-too-long")
    assert "hemligt" not in long.text
    assert (cursor.status_code, cursor.json()["code"]) == (400, "malformed-cursor")
    records = [record for record in await said(world.room, AccessRecorded) if "searched" in record.action]
    assert [(record.action, record.actor_kind, record.moment_id) for record in records] == [
        ("messages.searched", "staff", MOMENT),
        ("conversations.searched", "resident", MOMENT),
    ]
    assert b"hemlighet" not in await raw_bytes(world.room)


async def test_nobody_searches_what_they_cannot_open(world: World) -> None:
    await world.hears_a_moment()
    await world.staff_writes(await world.a_conversation(), "Sömn")

    for prefix, who in (
        ("", await world.staff(unit=OTHER_UNIT)),
        ("", await world.staff(tenant=world.other_tenant)),
        ("/me", world.resident(BOB)),
        ("/me", world.resident(tenant=world.other_tenant)),
    ):
        for what in ("messages", "conversations"):
            path = f"{prefix}/moments/{MOMENT}/{what}/search"
            answer = await world.api.http.post(path, headers=who, json={"text": "Sömn"})
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    await world.hears(world.ended())
    assert (await world.search("messages", "Sömn", me=True)).json()["code"] == "access-ended"
    assert len((await world.search("messages", "Sömn")).json()["items"]) == 1
