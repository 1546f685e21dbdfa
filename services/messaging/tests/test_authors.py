"""Messages say who wrote them and when the other side opened them, and stay as they were sent."""

import pytest

from chassis.http.identity import CARE, PURPOSE_CLAIM
from chassis.testing import UNIT
from services.messaging.app import SERVICE
from services.messaging.tests.world import MOMENT, PRACTITIONER, World

COLLEAGUE = "SE2321000131-P000000000002"


async def named(world: World, person: str, name: str) -> dict[str, str]:
    await world.staff(person=person)
    claims = {
        "sub": person,
        "employeeHsaId": person,
        "careUnitHsaId": UNIT,
        PURPOSE_CLAIM: CARE,
        "name": name,
    }
    return world.api.headers(world.tenant, claims)


@pytest.mark.rule("R155", "R157")
async def test_each_message_says_who_wrote_it_to_whoever_may_know(world: World) -> None:
    await world.hears_a_moment()
    anna, otto = (
        await named(world, PRACTITIONER, "Anna Åberg"),
        await named(world, COLLEAGUE, "\u202eOtto\u200b"),
    )
    conversation = await world.a_conversation(title="Sömn")
    path = f"/conversations/{conversation}/messages"
    await world.post(path, anna, {"text": "Ett"})
    await world.post(path, otto, {"text": "Två"})
    await world.alice_writes(conversation, "Tre")

    for_staff = (await world.get(path, otto)).json()["items"]
    for_alice = (await world.alice_reads(conversation)).json()["items"]

    assert [(item["sender"], item["author"], item["author_name"]) for item in for_staff] == [
        ("resident", None, None),
        ("staff", COLLEAGUE, "Otto"),
        ("staff", PRACTITIONER, "Anna Åberg"),
    ]
    assert [(item["sender"], item["author"], item["author_name"]) for item in for_alice] == [
        ("resident", None, None),
        ("staff", None, "Otto"),
        ("staff", None, "Anna Åberg"),
    ]


@pytest.mark.rule("R177")
async def test_staff_see_of_each_message_whether_and_when_the_resident_opened_it(world: World) -> None:
    await world.hears_a_moment()
    first, second = await world.a_conversation(), await world.a_conversation()
    for conversation in (first, second):
        await world.staff_writes(conversation)
    world.later()
    await world.alice_reads(first)
    world.later()
    await world.staff_writes(first)
    colleague = await world.staff(person=COLLEAGUE)

    opened = [
        [item["read_at"] is not None for item in answer.json()["items"]]
        for answer in [
            await world.get(f"/conversations/{conversation}/messages", colleague)
            for conversation in (first, second)
        ]
    ]

    assert opened == [[False, True], [False]]


@pytest.mark.decision("D47")
async def test_no_request_changes_or_withdraws_a_message(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    message = (await world.staff_writes(conversation, "Hej")).json()["id"]
    path = f"/conversations/{conversation}/messages"

    for prefix, who in (("", await world.staff()), ("/me", world.resident())):
        for method in ("PUT", "PATCH", "DELETE"):
            for each in (path, f"{path}/{message}", f"{path}/1", f"/messages/{message}"):
                answer = await world.api.http.request(
                    method, f"{prefix}{each}", headers=who, json={"text": "Nej"}
                )
                assert answer.status_code in {404, 405}

    assert [item["text"] for item in (await world.staff_reads(conversation)).json()["items"]] == ["Hej"]


@pytest.mark.rule("R175")
async def test_messages_are_given_as_data_and_never_as_a_pdf(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    paths = [route.path for router in SERVICE.routers for route in router.routes if hasattr(route, "path")]

    for path in (f"/conversations/{conversation}/messages", f"/moments/{MOMENT}/conversations"):
        asked = {**await world.staff(), "Accept": "application/pdf"}
        answer = await world.get(path, asked)
        assert answer.headers["content-type"].split(";")[0] in {
            "application/json",
            "application/problem+json",
        }
    assert paths
    assert not [path for path in paths if "pdf" in path.lower()]
