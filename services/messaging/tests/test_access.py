"""Who reaches what, what is refused to whom, and that every access is recorded."""

from datetime import timedelta

import pytest

from chassis.testing import clock_of, said
from contracts.access import Role
from contracts.retention import AccessRecorded
from services.messaging.tests.world import BOB, MOMENT, OTHER_UNIT, World


@pytest.mark.rule("R154")
async def test_without_messaging_in_the_program_both_sides_are_refused(world: World) -> None:
    await world.hears_a_moment(messaging=False)
    path = f"/moments/{MOMENT}/conversations"

    for answer in (
        await world.get(path, await world.staff()),
        await world.post(path, await world.staff(), {}),
        await world.get(f"/me{path}", world.resident()),
        await world.post(f"/me{path}", world.resident(), {}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "messaging-off")


@pytest.mark.rule("R302")
async def test_an_ended_moment_refuses_messages_and_stays_readable_for_staff_alone(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    await world.hears(world.ended())

    written = await world.staff_writes(conversation)
    opened = await world.post(f"/moments/{MOMENT}/conversations", await world.staff(), {})

    for refused in (written, opened):
        assert (refused.status_code, refused.json()["code"]) == (409, "moment-ended")
    assert (await world.staff_reads(conversation)).status_code == 200
    for hidden in (await world.alice_reads(conversation), await world.alice_writes(conversation)):
        assert (hidden.status_code, hidden.json()["code"]) == (403, "access-ended")
    composer = (await world.get(f"/moments/{MOMENT}/conversations", await world.staff())).json()["composer"]
    assert not composer["can_write"]


async def test_what_is_not_the_callers_does_not_exist(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    strangers = [
        ("", await world.staff(tenant=world.other_tenant)),
        ("", await world.staff(unit=OTHER_UNIT)),
        ("/me", world.resident(BOB)),
        ("/me", world.resident(tenant=world.other_tenant)),
    ]

    for prefix, who in strangers:
        for answer in (
            await world.get(f"{prefix}/moments/{MOMENT}/conversations", who),
            await world.post(f"{prefix}/moments/{MOMENT}/conversations", who, {}),
            await world.get(f"{prefix}/conversations/{conversation}/messages", who),
            await world.post(f"{prefix}/conversations/{conversation}/messages", who, {"text": "Hej"}),
            await world.api.http.delete(f"{prefix}/conversations/{conversation}", headers=who),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert await world.count("messages") == 1


async def test_an_empty_conversation_of_staff_does_not_exist_for_the_resident(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()

    assert (await world.alice_reads(conversation)).status_code == 404
    listed = await world.get(f"/me/moments/{MOMENT}/conversations", world.resident())
    assert listed.json()["items"] == []


@pytest.mark.rule("R269", "R270")
async def test_messages_are_for_practitioners_and_not_for_resident_administrators(world: World) -> None:
    await world.hears_a_moment()
    who = await world.staff(Role.RESIDENT_ADMIN)

    refused = await world.get(f"/moments/{MOMENT}/conversations", who)

    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")


@pytest.mark.rule("R333", "R335")
async def test_every_read_and_write_is_recorded_with_who_where_and_whose(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    await world.staff_reads(conversation)
    await world.alice_reads(conversation)
    await world.get(f"/moments/{MOMENT}/conversations", await world.staff())
    draft, who = f"/conversations/{conversation}/draft", await world.staff()
    await world.drafts(conversation)
    await world.get(draft, who)
    await world.api.http.delete(draft, headers=who)
    await world.search("messages", "hej", me=True)
    await world.search("conversations", "hej")

    records = await said(world.room, AccessRecorded)

    assert [(record.action, record.actor_kind) for record in records] == [
        ("conversation.opened", "staff"),
        ("message.sent", "staff"),
        ("conversation.read", "staff"),
        ("conversation.read", "resident"),
        ("conversations.listed", "staff"),
        ("draft.saved", "staff"),
        ("draft.read", "staff"),
        ("draft.removed", "staff"),
        ("messages.searched", "resident"),
        ("conversations.searched", "staff"),
    ]
    assert {(record.resident_id, record.moment_id) for record in records} == {(world.alice, MOMENT)}


async def test_a_token_that_has_expired_opens_nothing(world: World) -> None:
    await world.hears_a_moment()
    who = world.resident()
    clock_of(world.room).advance(timedelta(hours=2))

    assert (await world.get(f"/me/moments/{MOMENT}/conversations", who)).status_code == 401
