"""Starting a moment over HTTP: what is said, what is refused, what is never repeated."""

import asyncio

import pytest

from chassis.testing import raw_bytes, said
from contracts.access import Role
from contracts.moments import ModuleStarted, MomentStarted, PractitionerAssigned
from services.moments.tests.world import (
    ANNA,
    BJORN,
    CECILIA,
    EVA,
    JOHAN,
    OLGA,
    OTHER_UNIT,
    PELLE,
    SIXTEN,
    UNIT,
    World,
    a_world,
)

OPEN = ["om-behandlingen", "bra-att-veta", "tandhalsa", "steg-1"]


@pytest.mark.rule("R40", "R55")
async def test_a_start_is_said_with_practitioner_and_open_modules_in_order(world: World) -> None:
    moment = await world.started()

    begun, assigned, *modules = [
        message
        for message in await said(world.room, MomentStarted, PractitionerAssigned, ModuleStarted)
        if message.moment_id == moment
    ]
    now = world.room.clock.now()
    assert begun == MomentStarted(
        moment_id=moment,
        resident_id=world.resident_id(OLGA),
        unit_id=UNIT,
        program_id="tobakshjalpen",
        program_version="9.0",
        messaging=True,
        started_at=now,
        by=ANNA,
    )
    assert assigned == PractitionerAssigned(moment_id=moment, practitioner_id=ANNA, at=now, by=ANNA)
    assert [module.module for module in modules] == OPEN


@pytest.mark.rule("R53")
async def test_warnings_refuse_no_start_and_come_with_its_answer(world: World) -> None:
    response = await world.starts(SIXTEN)

    assert response.status_code == 201
    assert [warning["code"] for warning in response.json()["warnings"]] == [
        "never-logged-in",
        "no-notifications",
    ]
    assert response.headers["Location"] == f"/moments/{response.json()['moment_id']}"


@pytest.mark.rule("R58")
@pytest.mark.decision("D30")
async def test_the_same_program_twice_is_warned_of_and_allowed(world: World) -> None:
    await world.chooses(OLGA, sms=True)
    first, second = await world.starts(), await world.starts()

    assert first.json()["warnings"] == []
    assert [warning["code"] for warning in second.json()["warnings"]] == ["same-program-ongoing"]
    assert len((await world.reads("/moments"))["items"]) == 2


async def test_a_program_that_has_ended_is_not_ongoing(world: World) -> None:
    await world.chooses(OLGA, sms=True)
    await world.ends(await world.started())

    assert (await world.starts()).json()["warnings"] == []


@pytest.mark.rule("R62")
async def test_a_resident_administrator_starts_on_behalf_of_a_practitioner(world: World) -> None:
    moment = await world.started(by=EVA, practitioner=BJORN)

    opened = await world.reads(f"/moments/{moment}")
    assert opened["practitioner"] == {"person_id": BJORN, "name": "Björn Berg"}


@pytest.mark.rule("R48")
async def test_one_word_chooses_oneself_as_practitioner(world: World) -> None:
    moment = await world.started(by=BJORN, practitioner="me")

    opened = await world.reads(f"/moments/{moment}")
    assert opened["practitioner"] == {"person_id": BJORN, "name": "Björn Berg"}


@pytest.mark.parametrize(
    ("by", "practitioner"), [(EVA, "me"), (ANNA, CECILIA), (ANNA, JOHAN), (ANNA, "SE2321000131-P9")]
)
async def test_only_a_practitioner_of_the_unit_can_be_responsible(
    world: World, by: str, practitioner: str
) -> None:
    response = await world.starts(by=by, practitioner=practitioner)

    assert (response.status_code, response.json()["code"]) == (422, "not-practitioner")


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("196408239844", 422, "invalid-personnummer"),
        ("hej", 422, "invalid-personnummer"),
        ("199909099808", 422, "invalid-personnummer"),
        ("200109119933", 404, "resident-not-in-register"),
    ],
)
@pytest.mark.parametrize("path", ["/residents/lookup", "/moments"])
async def test_a_number_that_is_nobodys_is_refused_and_never_repeated(
    world: World, path: str, number: str, status: int, code: str
) -> None:
    body = {"personnummer": number}
    if path == "/moments":
        body |= {"program_id": "tobakshjalpen", "practitioner_id": "me"}

    response = await world.call("POST", path, world.staff(ANNA), body, key="one")

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert number not in response.text


@pytest.mark.rule("R46")
@pytest.mark.parametrize("missing", ["personnummer", "program_id", "practitioner_id"])
async def test_resident_program_and_practitioner_are_all_mandatory(world: World, missing: str) -> None:
    body = {"personnummer": OLGA, "program_id": "tobakshjalpen", "practitioner_id": "me"}
    del body[missing]

    response = await world.call("POST", "/moments", world.staff(ANNA), body, key="one")

    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert OLGA not in response.text


async def test_an_unknown_program_is_not_found_and_an_inactive_one_refused(world: World) -> None:
    unknown = await world.starts(program="okant")
    inactive = await world.starts(by=JOHAN, unit=OTHER_UNIT)

    assert (unknown.status_code, unknown.json()["code"]) == (404, "program-not-found")
    assert (inactive.status_code, inactive.json()["code"]) == (409, "program-not-active")


async def test_who_lacks_the_permission_neither_looks_up_nor_starts(world: World) -> None:
    body = {"personnummer": OLGA}

    looked = await world.call("POST", "/residents/lookup", world.staff(CECILIA), body)
    started = await world.starts(by=CECILIA)
    resident = await world.call("POST", "/residents/lookup", world.resident(OLGA), body)

    assert [response.status_code for response in (looked, started, resident)] == [403, 403, 403]


async def test_the_register_away_is_503_and_nothing_is_started(world: World) -> None:
    world.directory.is_away = True

    response = await world.starts()

    assert (response.status_code, response.json()["code"]) == (503, "directory-unavailable")
    assert await world.room.database["moments"].count_documents({}) == 0


async def test_a_start_that_is_repeated_happens_once(world: World) -> None:
    first, second = await world.starts(key="one"), await world.starts(key="one")

    assert first.json() == second.json()
    assert await world.room.database["moments"].count_documents({}) == 1
    other = await world.starts(PELLE, key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_start_without_its_key_is_refused(world: World) -> None:
    body = {"personnummer": OLGA, "program_id": "tobakshjalpen", "practitioner_id": "me"}

    response = await world.call("POST", "/moments", world.staff(ANNA), body)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency-key-missing")


async def test_first_moments_of_one_resident_at_once_are_all_started(world: World) -> None:
    responses = await asyncio.gather(*(world.starts() for _ in range(6)))

    assert [response.status_code for response in responses] == [201] * 6
    assert await world.room.database["residents"].count_documents({}) == 1


async def test_no_byte_of_name_number_or_own_welcome_text_lies_readable(world: World) -> None:
    moment = await world.started()
    body = {"text": "Hej Olga från Oskarshamn", "hidden": False}
    changed = await world.call("PUT", f"/moments/{moment}/welcome", world.staff(ANNA), body, version=1)
    assert changed.status_code == 200

    stored = await raw_bytes(world.room)

    for secret in (OLGA, OLGA[2:], "19640823", "Oskarsson", "Olga", "Oskarshamn"):
        assert secret.encode() not in stored


async def test_regions_know_nothing_of_each_other(mongo_url: str, tenant: str) -> None:
    async with a_world(mongo_url, tenant, f"{tenant}x") as world:
        moment = await world.started()
        there = await world.api.as_staff(f"{tenant}x", ANNA, Role.PRACTITIONER, unit=UNIT)

        response = await world.call("GET", f"/moments/{moment}", there)

    assert (response.status_code, response.json()["code"]) == (404, "moment-not-found")
