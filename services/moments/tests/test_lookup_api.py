"""Looking a resident up over HTTP: who it is, and what staff are warned of."""

from dataclasses import replace

import pytest

from chassis.testing import said
from contracts.retention import AccessRecorded
from services.moments.tests.world import (
    ANNA,
    OLGA,
    RUT,
    SIXTEN,
    ULF,
    UNIT,
    World,
)


async def warned(world: World, number: str) -> list[str]:
    body = {"personnummer": number}
    response = await world.call("POST", "/residents/lookup", world.staff(ANNA), body)
    assert response.status_code == 200, response.text
    return [warning["code"] for warning in response.json()["warnings"]]


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
    await world.chooses(OLGA, sms=True)
    with_sms = await warned(world, OLGA)
    await world.chooses(OLGA)

    assert (with_sms, await warned(world, OLGA)) == ([], ["no-notifications"])


@pytest.mark.decision("D39")
async def test_a_coordination_number_is_taken_with_a_warning(world: World) -> None:
    assert "cannot-log-in" in await warned(world, ULF)
    assert (await world.starts(ULF)).status_code == 201


@pytest.mark.decision("D39")
async def test_a_reserve_number_is_refused(world: World) -> None:
    response = await world.starts("19640823-A843")

    assert (response.status_code, response.json()["code"]) == (422, "reserve-number")


@pytest.mark.rule("R64")
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


@pytest.mark.rule("R251")
@pytest.mark.decision("D41")
async def test_what_the_register_says_at_a_look_up_is_shown_of_moments_that_run(world: World) -> None:
    moment = await world.started(OLGA)
    before = (await world.reads("/moments"))["items"][0]["resident"]
    world.directory.persons[OLGA] = replace(
        world.directory.persons[OLGA], surname="Åkesson", is_protected=True
    )

    for _ in range(2):
        await warned(world, OLGA)

    after = (await world.reads("/moments"))["items"][0]["resident"]
    assert (before["name"], before["protected_identity"]) == ("Oskarsson, Olga", False)
    assert (after["name"], after["protected_identity"]) == ("Åkesson, Olga", True)
    assert (await world.reads(f"/moments/{moment}"))["resident"]["protected_identity"]
    renewed = [each for each in await said(world.room, AccessRecorded) if each.action == "resident.renewed"]
    assert [(each.actor_id, each.resident_id) for each in renewed] == [(ANNA, world.resident_id(OLGA))]


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


async def test_no_number_reaches_a_log(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    await warned(world, OLGA)
    await world.starts("196408239844")
    await world.started()

    printed = "".join(capfd.readouterr())
    assert "/residents/lookup" in printed
    assert "6408239" not in printed and "Oskarsson" not in printed
