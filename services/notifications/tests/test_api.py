"""What residents, staff, operations and the provider reach, and what each of them is refused."""

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chassis.testing import said
from contracts.access import Role
from contracts.notifications import ContactChoicesMade
from contracts.retention import AccessRecorded
from deploy.embedded.behaviour import Mode
from services.notifications.app import SERVICE
from services.notifications.commands import add_up
from services.notifications.tests.test_receipts import named_to_provider
from services.notifications.tests.world import World, a_mobile, a_resident, raw_bytes
from tests.eventually import eventually

PERSONNUMMER = "191212121212"
STAFF = "SE2321000131-P000000000101"
NUMBER = a_mobile()


def choices(**changed: Any) -> dict[str, Any]:
    return {"sms": {"on": True, "number": "070-174 06 06"}, "email": {"on": False}} | changed


@pytest.mark.rule("R183", "R193")
async def test_a_resident_chooses_reads_and_changes(world: World) -> None:
    me = world.api.as_resident(world.tenant, PERSONNUMMER)
    first = await world.api.http.get("/me/contact", headers=me)
    nothing = {"on": False, "confirmed": None, "waiting": None, "code_until": None}
    assert first.json() == {"sms": {**nothing, "number": None}, "email": {**nothing, "address": None}}

    made = await world.api.http.put(
        "/me/contact", headers={**me, "If-Match": first.headers["etag"]}, json=choices()
    )
    changed = await world.api.http.put(
        "/me/contact",
        headers={**me, "If-Match": made.headers["etag"]},
        json=choices(sms={"on": False}, email={"on": True, "address": "a@Example.se"}),
    )

    assert (made.json()["sms"]["on"], made.json()["sms"]["number"]) == (True, "+46701740606")
    assert (changed.json()["email"]["on"], changed.json()["email"]["address"]) == (True, "a@example.se")
    heard = await said(world.room, ContactChoicesMade)
    assert [(m.sms, m.email) for m in heard] == [(False, False), (False, False)]
    raw = await raw_bytes(world.room)
    assert b"+46701740606" not in raw and b"a@example.se" not in raw and PERSONNUMMER.encode() not in raw


async def test_a_change_of_what_was_changed_meanwhile_is_refused(world: World) -> None:
    me = world.api.as_resident(world.tenant, PERSONNUMMER)
    await world.api.http.put("/me/contact", headers={**me, "If-Match": '"0"'}, json=choices())

    again = await world.api.http.put("/me/contact", headers={**me, "If-Match": '"0"'}, json=choices())
    unnamed = await world.api.http.put("/me/contact", headers=me, json=choices())

    assert again.status_code == 412
    assert unnamed.status_code == 428


@pytest.mark.parametrize(
    "body",
    [
        choices(sms={"on": True}),
        choices(sms={"on": True, "number": "08-123 456 78"}),
        choices(sms={"on": "true", "number": "0701740606"}),
        choices(email={"on": True, "address": "a@example.se\r\nBcc: b@example.se"}),
        choices(email={"on": True, "address": "x" * 100_000}),
        choices(more=True),
        {"sms": {"on": False}},
    ],
)
async def test_what_is_no_choice_is_refused_and_never_repeated_in_the_answer(
    world: World, body: dict[str, Any]
) -> None:
    me = world.api.as_resident(world.tenant, PERSONNUMMER)

    answer = await world.api.http.put("/me/contact", headers={**me, "If-Match": '"0"'}, json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Bcc" not in answer.text and "123 456" not in answer.text
    assert answer.json()["text"]


@pytest.mark.rule("R184", "R194")
async def test_staff_see_switches_and_neither_see_nor_change_addresses(world: World) -> None:
    await world.has_on(a_resident(), sms=NUMBER)
    staff = await world.api.as_staff(world.tenant, STAFF, Role.PRACTITIONER)

    seen = await world.api.http.get(f"/residents/{a_resident()}/channels", headers=staff)
    mine = await world.api.http.get("/me/contact", headers=staff)
    change = await world.api.http.put("/me/contact", headers={**staff, "If-Match": '"0"'}, json=choices())

    assert seen.json() == {"sms": True, "email": False}
    assert mine.status_code == change.status_code == 403
    actions = [record.action for record in await said(world.room, AccessRecorded)]
    assert actions == ["contact.channels_seen"]


async def test_who_lacks_the_permission_is_refused(world: World) -> None:
    staff = await world.api.as_staff(world.tenant, STAFF, Role.DESIGNER)
    me = world.api.as_resident(world.tenant, PERSONNUMMER)

    for headers, status in ((staff, 403), (me, 403), ({}, 401)):
        for path in (f"/residents/{a_resident()}/channels", "/conservation"):
            assert (await world.api.http.get(path, headers=headers)).status_code == status


async def test_operations_see_the_account_of_a_day(world: World) -> None:
    await world.has_on(a_resident(), sms=NUMBER)
    await world.hears(world.asks(), world.asks(timing="batched"))
    await world.sends()
    staff = await world.api.as_staff(world.tenant, STAFF, Role.CAREGIVER_ADMIN)

    answer = await world.api.http.get("/conservation", params={"day": "2026-11-20"}, headers=staff)

    account = answer.json()
    assert account["balanced"] and (account["asked"], account["sent"], account["pending"]) == (2, 1, 1)


async def test_the_command_names_the_difference_and_fails(world: World) -> None:
    await world.has_on(a_resident(), sms=NUMBER)
    await world.hears(world.asks(), world.asks())
    await world.sends()
    here = world.api_surroundings
    (found,) = await add_up(here, world.tenant, None)
    assert found.balanced

    await world.room.database["sendings"].delete_one({"channel": "sms"})
    await world.room.database["sendings"].delete_one({"channel": "inbox"})

    (found,) = await add_up(here, world.tenant, None)
    assert json.loads(json.dumps(found.as_json))["balanced"] is False
    assert found.differences == (
        "asked 2, but 1 have an outcome: 1 lost",
        "2 entries were to be made in inboxes, but 1 have a line",
    )


def test_the_command_refuses_a_day_that_is_none() -> None:
    app = typer.Typer()
    assert SERVICE.commands is not None
    app.registered_commands += SERVICE.commands.registered_commands

    result = CliRunner().invoke(app, ["--day", "tomorrow"])

    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ({"reference": "vgr." + "a" * 42}, "id=s1&status=delivered", 204),
        ({"reference": "x"}, "id=s1&status=delivered", 422),
        ({}, "id=s1&status=delivered", 422),
        ({"reference": "vgr." + "a" * 42}, "id=s1", 400),
        ({"reference": "vgr." + "a" * 42}, "id=%24where&status=delivered", 400),
        ({"reference": "vgr." + "a" * 42}, "\x00", 400),
        ({"reference": "vgr." + "a" * 42}, "id=s1&status=delivered&x=" + "y" * 5000, 400),
    ],
)
async def test_a_receipt_that_is_none_of_ours_changes_nothing(
    world: World, query: dict[str, str], body: str, status: int
) -> None:
    answer = await world.api.http.post("/receipts/sms", params=query, content=body)

    assert answer.status_code == status
    assert await world.sendings() == []


async def test_a_receipt_that_comes_twice_counts_once_and_its_failure_is_kept(world: World) -> None:
    await world.has_on(a_resident(), sms=NUMBER)
    world.gateway_does(Mode.UNDELIVERED)
    await world.hears(world.asks())
    await world.sends()

    async def told() -> bool:
        return bool((await world.sendings())[0].get("receipt"))

    await eventually(told)
    (sending,) = await world.sendings()
    reference = named_to_provider(world, sending)
    form = {"id": sending["provider_id"], "status": "failed"}
    again = await world.api.http.post("/receipts/sms", params={"reference": reference}, data=form)

    assert again.status_code == 204
    (after,) = await world.sendings()
    assert after["rev"] == sending["rev"] and after["receipt"]["status"] == "failed"
    assert (await world.balance()).balanced
