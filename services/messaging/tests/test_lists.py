"""What the lists show: filters with their counts, and what is unread across one's own moments."""

import pytest

from chassis.testing import said
from contracts.access import Role
from contracts.retention import AccessRecorded
from services.messaging.tests.world import MOMENT, OTHER_UNIT, World

COLLEAGUE = "SE2321000131-P000000000002"
LIST = f"/moments/{MOMENT}/conversations"


@pytest.mark.rule("R164", "R165")
async def test_the_filters_show_what_they_count_for_whoever_asks(world: World) -> None:
    await world.hears_a_moment()
    read, unread, drafted = [await world.a_conversation(world.resident()) for _ in range(3)]
    for conversation in (read, unread, drafted):
        await world.alice_writes(conversation)
    await world.alice_writes(unread)
    for conversation in (read, drafted):
        await world.staff_reads(conversation)
    await world.drafts(drafted)
    who = await world.staff()

    shown = {
        name: (await world.get(f"{LIST}{query}", who)).json()
        for name, query in (("all", ""), ("unread", "?only=unread"), ("draft", "?only=draft"))
    }

    assert {name: {item["id"] for item in each["items"]} for name, each in shown.items()} == {
        "all": {read, unread, drafted},
        "unread": {unread},
        "draft": {drafted},
    }
    for each in shown.values():
        assert (each["counts"], each["unread"]) == ({"unread": 1, "draft": 1}, 2)
    assert {item["id"] for item in shown["all"]["items"] if item["has_draft"]} == {drafted}
    colleague = (await world.get(LIST, await world.staff(person=COLLEAGUE))).json()
    assert colleague["counts"] == {"unread": 1, "draft": 0}
    assert (await world.get(f"/me{LIST}", world.resident())).json()["counts"] == {"unread": 0, "draft": 0}


async def test_a_filtered_list_keeps_its_order_from_page_to_page(world: World) -> None:
    await world.hears_a_moment()
    written = []
    for number in range(6):
        conversation = await world.a_conversation(world.resident())
        world.later()
        await world.alice_writes(conversation)
        if number % 3:
            written.append(conversation)
        else:
            await world.staff_reads(conversation)

    listed: list[str] = []
    cursor = ""
    while cursor is not None:
        query = f"?only=unread&limit=3{cursor and '&cursor=' + cursor}"
        page = (await world.get(f"{LIST}{query}", await world.staff())).json()
        listed += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert listed == written[::-1]
    wrong = await world.get(f"{LIST}?only=mine", await world.staff())
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")


@pytest.mark.rule("R167")
async def test_what_is_empty_says_so(world: World) -> None:
    await world.hears_a_moment()
    who = await world.staff()
    empty = (await world.get(LIST, who)).json()
    await world.a_conversation()

    filled = (await world.get(LIST, who)).json()

    assert empty["empty"] == "Det finns inga meddelanden här ännu"
    assert (filled["empty"], filled["items"][0]["empty"]) == (None, "Inga meddelanden")
    assert (await world.get(f"{LIST}?only=draft", who)).json()["empty"] is None


@pytest.mark.rule("R156", "R173")
async def test_what_is_unread_follows_a_change_of_practitioner(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.assigned())
    conversation = await world.a_conversation()
    await world.staff_writes(conversation, "Hur går det?")
    await world.alice_writes(conversation, "Sådär")
    before, after = await world.staff(), await world.staff(person=COLLEAGUE)
    assert [item["moment_id"] for item in (await world.get("/unread", before)).json()["items"]] == [MOMENT]
    assert (await world.get("/unread", after)).json()["items"] == []

    await world.hears(world.assigned(to=COLLEAGUE))

    assert (await world.get("/unread", before)).json()["items"] == []
    (item,) = (await world.get("/unread", after)).json()["items"]
    assert (item["moment_id"], item["messages"], item["conversations"]) == (MOMENT, 1, 1)
    path = f"/conversations/{conversation}/messages"
    await world.get(path, after)
    assert (await world.post(path, after, {"text": "Jag tar över"})).status_code == 201
    assert (await world.get("/unread", after)).json()["moments"] == 0


@pytest.mark.rule("R173")
async def test_unread_counts_ones_own_moments_the_latest_first_and_page_by_page(world: World) -> None:
    moments = ["mom-1", "mom-2", "mom-3"]
    for moment in [*moments, "mom-4"]:
        await world.hears_a_moment(moment)
        await world.hears(world.assigned(moment))
        conversation = await world.a_conversation(world.resident(), moment=moment)
        world.later()
        for _ in range(2):
            await world.alice_writes(conversation)
    await world.hears(world.assigned("mom-4", to=COLLEAGUE), world.ended("mom-2"))
    who = await world.staff()

    first = (await world.get("/unread?limit=2", who)).json()
    second = (await world.get(f"/unread?limit=2&cursor={first['next']}", who)).json()

    items = [*first["items"], *second["items"]]
    assert [(item["moment_id"], item["messages"], item["ended"]) for item in items] == [
        ("mom-3", 2, False),
        ("mom-2", 2, True),
        ("mom-1", 2, False),
    ]
    assert (first["moments"], first["messages"], second["next"]) == (3, 6, None)
    records = await said(world.room, AccessRecorded)
    assert [record.moment_id for record in records if record.action == "unread.listed"] == moments[::-1]


@pytest.mark.rule("R333", "R335")
async def test_that_nothing_is_unread_is_an_access_too(world: World) -> None:
    await world.get("/unread", await world.staff())

    (record,) = await said(world.room, AccessRecorded)
    assert (record.action, record.actor_kind) == ("unread.listed", "staff")
    assert (record.resident_id, record.moment_id) == (None, None)


async def test_unread_is_for_those_who_see_messages_at_the_unit_of_the_moment(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.assigned())
    await world.alice_writes(await world.a_conversation(world.resident()))

    for who in (await world.staff(unit=OTHER_UNIT), await world.staff(tenant=world.other_tenant)):
        assert (await world.get("/unread", who)).json()["items"] == []
    refused = await world.get("/unread", await world.staff(Role.RESIDENT_ADMIN, person=COLLEAGUE))
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    assert (await world.get("/unread", world.resident())).json()["code"] == "staff-only"
