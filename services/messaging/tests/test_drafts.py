"""Drafts: kept on the server for their author alone, until they are sent or thrown away."""

import asyncio

import pytest

from chassis.changes import SavedFirstError
from chassis.committer import Committer
from chassis.work import Actor
from services.messaging.store.work import MessagingWork
from services.messaging.tests.world import BOB, OTHER_UNIT, World
from services.messaging.usecases.save_draft import SaveDraft, save_draft

COLLEAGUE = "SE2321000131-P000000000002"


async def colleague_of(world: World) -> dict[str, str]:
    return await world.staff(person=COLLEAGUE)


@pytest.mark.rule("R163")
@pytest.mark.decision("D48")
async def test_a_draft_is_kept_until_its_author_sends_or_throws_it_away(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    path, who = f"/conversations/{conversation}/draft", await world.staff()

    saved = await world.drafts(conversation, "<script>x()</script>Jag <b>undrar</b>")
    world.later()
    again = await world.drafts(conversation, "Jag undrar om")

    assert (saved.status_code, saved.json()["text"]) == (200, "Jag <b>undrar</b>")
    kept = await world.get(path, who)
    assert (kept.json()["text"], kept.headers["etag"]) == ("Jag undrar om", again.headers["etag"])
    assert await world.count("drafts") == 1
    await world.staff_writes(conversation, "Jag undrar om du sover")
    gone = await world.get(path, who)
    assert (gone.status_code, gone.json()["code"]) == (404, "no-draft")
    await world.drafts(conversation)
    assert [(await world.api.http.delete(path, headers=who)).status_code for _ in range(2)] == [204, 204]
    assert await world.count("drafts") == 0


@pytest.mark.decision("D48")
async def test_each_author_has_a_draft_of_their_own_that_nobody_else_sees_or_loses(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation(world.resident())
    await world.alice_writes(conversation)
    authors = {
        "staff": await world.staff(),
        "colleague": await colleague_of(world),
        "alice": world.resident(),
    }
    for name, who in authors.items():
        assert (await world.drafts(conversation, name, who, me=name == "alice")).status_code == 200

    await world.staff_writes(conversation)

    path = f"/conversations/{conversation}/draft"
    assert (await world.get(path, authors["staff"])).json()["code"] == "no-draft"
    assert (await world.get(path, authors["colleague"])).json()["text"] == "colleague"
    assert (await world.get(f"/me{path}", authors["alice"])).json()["text"] == "alice"


async def test_drafts_of_what_is_not_the_callers_do_not_exist(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    path = f"/conversations/{conversation}/draft"

    for prefix, who in (
        ("", await world.staff(unit=OTHER_UNIT)),
        ("", await world.staff(tenant=world.other_tenant)),
        ("/me", world.resident(BOB)),
        ("/me", world.resident(tenant=world.other_tenant)),
    ):
        for answer in (
            await world.get(f"{prefix}{path}", who),
            await world.api.http.put(f"{prefix}{path}", headers=who, json={"text": "Hej"}),
            await world.api.http.delete(f"{prefix}{path}", headers=who),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert await world.count("drafts") == 0


async def test_an_own_window_does_not_write_over_what_another_saved_or_sent(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    seen = (await world.drafts(conversation, "Ett")).headers["etag"]
    newer = (await world.drafts(conversation, "Två", version=seen)).headers["etag"]

    old = await world.drafts(conversation, "Tre", version=seen)
    await world.staff_writes(conversation)
    sent = await world.drafts(conversation, "Fyra", version=newer)

    assert [(answer.status_code, answer.json()["code"]) for answer in (old, sent)] == [(412, "stale")] * 2
    assert await world.count("drafts") == 0


@pytest.mark.rule("R163")
@pytest.mark.decision("D48")
@pytest.mark.parametrize("how", ["sent", "thrown away"])
async def test_an_own_window_does_not_write_over_a_draft_that_was_begun_anew(world: World, how: str) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    path, who = f"/conversations/{conversation}/draft", await world.staff()
    seen = (await world.drafts(conversation, "Ett")).headers["etag"]
    if how == "sent":
        await world.staff_writes(conversation, "Ett")
    else:
        await world.api.http.delete(path, headers=who)
    await world.drafts(conversation, "Två")

    old = await world.drafts(conversation, "Ett och lite till", version=seen)

    assert (old.status_code, old.json()["code"]) == (412, "stale")
    assert (await world.get(path, who)).json()["text"] == "Två"


async def test_a_repeated_sending_leaves_the_draft_that_was_begun_since(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    path, who = f"/conversations/{conversation}/messages", await world.staff()
    await world.drafts(conversation, "Ett")
    await world.post(path, who, {"text": "Ett"}, key="same")
    await world.drafts(conversation, "Två")

    again = await world.post(path, who, {"text": "Ett"}, key="same")

    assert again.status_code == 201
    assert (await world.get(f"/conversations/{conversation}/draft", who)).json()["text"] == "Två"


async def test_saving_at_the_same_time_leaves_one_draft_and_no_version_of_the_conversation(
    world: World,
) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    version = (await world.staff_reads(conversation)).headers["etag"]

    saved = await asyncio.gather(*(world.drafts(conversation, f"Nr {n}") for n in range(5)))

    assert {answer.status_code for answer in saved} == {200}
    assert await world.count("drafts") == 1
    assert (await world.staff_reads(conversation)).headers["etag"] == version


@pytest.mark.decision("D46")
async def test_a_draft_is_neither_empty_nor_longer_than_a_message(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()

    empty = await world.drafts(conversation, "<p>\u200b</p>")
    long = await world.drafts(conversation, "x" * 10_001)

    assert (empty.status_code, empty.json()["code"]) == (422, "empty-draft")
    assert "Utkastet är tomt" in empty.json()["text"]
    assert (long.status_code, long.json()["code"]) == (422, "message-too-long")


async def test_drafts_are_not_begun_where_nobody_may_write(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.drafts(conversation, "Innan")

    await world.hears(world.maintained())
    maintained = await world.drafts(conversation, "Under")
    await world.hears(world.ended())
    ended = await world.drafts(conversation, "Efter")

    assert [(a.status_code, a.json()["code"]) for a in (maintained, ended)] == [
        (409, "moment-maintained"),
        (409, "moment-ended"),
    ]
    path, who = f"/conversations/{conversation}/draft", await world.staff()
    assert (await world.get(path, who)).json()["text"] == "Innan"
    assert (await world.api.http.delete(path, headers=who)).status_code == 204


async def test_a_removed_conversation_takes_the_drafts_of_everybody_with_it(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.drafts(conversation)
    await world.drafts(conversation, who=await colleague_of(world))

    await world.api.http.delete(f"/conversations/{conversation}", headers=await world.staff())

    assert await world.count("drafts") == 0


@pytest.mark.parametrize("how", ["purged", "removed"])
async def test_a_draft_on_its_way_when_its_conversation_goes_is_not_written(world: World, how: str) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation(world.resident())
    work = MessagingWork(world.room, world.tenant, Actor("resident", world.alice))
    await save_draft(SaveDraft(conversation, "Hej"), work)
    prepared = await work.finish()

    if how == "purged":
        await world.hears(world.purge())
    else:
        await world.api.http.delete(f"/me/conversations/{conversation}", headers=world.resident())

    with pytest.raises(SavedFirstError):
        await Committer(world.room.client, world.room.database).commit(prepared)
    assert await world.count("drafts") == 0
    assert (await world.drafts(conversation, me=True)).status_code == 404
