"""Looking a resident up and starting a moment over HTTP: what is told, what is refused, what is never repeated."""

import asyncio
from dataclasses import replace

import pytest

from chassis.testing import raw_bytes, said
from contracts.access import Role
from contracts.moments import ModuleStarted, MomentStarted, PractitionerAssigned
from contracts.notifications import ContactChoicesMade
from contracts.retention import AccessRecorded
from services.moments.tests.world import (
    ANNA,
    BJORN,
    CECILIA,
    EVA,
    JOHAN,
    OLGA,
    OTHER_UNIT,
    PELLE,
    RUT,
    SIXTEN,
    ULF,
    UNIT,
    World,
    a_world,
)

OPEN = ["om-behandlingen", "bra-att-veta", "tandhalsa", "steg-1"]


async def warned(world: World, number: str) -> list[str]:
    body = {"personnummer": number}
    response = await world.call("POST", "/residents/lookup", world.staff(ANNA), body)
    assert response.status_code == 200, response.text
    return [warning["code"] for warning in response.json()["warnings"]]


async def chooses(world: World, number: str, *, sms: bool = False, email: bool = False) -> None:
    await world.hears(
        ContactChoicesMade(
            resident_id=world.resident_id(number), sms=sms, email=email, at=world.room.clock.now()
        )
    )


@pytest.mark.rule("R43", "R44", "R45", "R234")
@pytest.mark.parametrize("written", ["196408239843", "19640823-9843", "6408239843", "640823-9843"])
async def test_a_resident_is_looked_up_by_the_short_and_the_full_number(world: World, written: str) -> None:
    response = await world.call("POST", "/residents/lookup", world.staff(ANNA), {"personnummer": written})

    answer = response.json()
    assert (answer["name"], answer["personnummer"]) == ("Oskarsson, Olga", "19640823-9843")


@pytest.mark.rule("R51", "R52")
async def test_who_has_never_logged_in_and_chosen_nothing_is_told_of(world: World) -> None:
    assert await warned(world, SIXTEN) == ["never-logged-in", "no-notifications"]


@pytest.mark.rule("R52", "R183")
async def test_notifications_that_are_switched_on_and_off_again_count(world: World) -> None:
    await chooses(world, OLGA, sms=True)
    with_sms = await warned(world, OLGA)
    await chooses(world, OLGA)

    assert (with_sms, await warned(world, OLGA)) == ([], ["no-notifications"])


@pytest.mark.rule("R352")
@pytest.mark.decision("D39")
async def test_a_coordination_number_is_taken_with_a_warning(world: World) -> None:
    assert "cannot-log-in" in await warned(world, ULF)
    assert (await world.starts(ULF)).status_code == 201


@pytest.mark.decision("D39")
async def test_a_reserve_number_is_refused(world: World) -> None:
    response = await world.starts("19640823-A843")

    assert (response.status_code, response.json()["code"]) == (422, "reserve-number")


@pytest.mark.rule("R64", "R354")
async def test_a_locked_account_is_told_of(world: World) -> None:
    world.directory.persons[OLGA] = replace(world.directory.persons[OLGA], is_locked=True)

    assert "account-locked" in await warned(world, OLGA)


@pytest.mark.rule("R251")
@pytest.mark.decision("D41")
async def test_protected_identity_is_told_of_and_marked(world: World) -> None:
    assert "protected-identity" in await warned(world, RUT)
    moment = await world.started(RUT)

    assert (await world.reads(f"/moments/{moment}"))["resident"]["protected_identity"]
    page = await world.reads("/moments")
    assert [row["resident"]["protected_identity"] for row in page["items"]] == [True]


@pytest.mark.rule("R353")
async def test_nothing_is_started_for_the_deceased(world: World) -> None:
    world.directory.persons[OLGA] = replace(world.directory.persons[OLGA], is_deceased=True)

    assert "deceased" in await warned(world, OLGA)
    response = await world.starts()
    assert (response.status_code, response.json()["code"]) == (409, "resident-deceased")


@pytest.mark.rule("R333", "R335")
async def test_looking_up_is_audited_and_keeps_nothing(world: World) -> None:
    await warned(world, OLGA)

    *_, record = await said(world.room, AccessRecorded)
    assert (record.action, record.actor_id, record.unit_id, record.resident_id) == (
        "resident.looked_up",
        ANNA,
        UNIT,
        world.resident_id(OLGA),
    )
    assert await world.room.database["residents"].count_documents({}) == 0


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
    await chooses(world, OLGA, sms=True)
    first, second = await world.starts(), await world.starts()

    assert first.json()["warnings"] == []
    assert [warning["code"] for warning in second.json()["warnings"]] == ["same-program-ongoing"]
    assert len((await world.reads("/moments"))["items"]) == 2


async def test_a_program_that_has_ended_is_not_ongoing(world: World) -> None:
    await chooses(world, OLGA, sms=True)
    await world.ends(await world.started())

    assert (await world.starts()).json()["warnings"] == []


@pytest.mark.rule("R62")
async def test_a_resident_administrator_starts_on_behalf_of_a_practitioner(world: World) -> None:
    moment = await world.started(by=EVA, practitioner=BJORN)

    opened = await world.reads(f"/moments/{moment}")
    assert opened["practitioner"] == {"person_id": BJORN, "name": "Björn Berg"}


@pytest.mark.rule("R48", "R269")
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


@pytest.mark.rule("R382")
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
