"""Why did or didn't this person get this: one call tells, without addresses and without anything of care."""

from typing import Any

import pytest

from chassis.http.identity import CARE, PURPOSE_CLAIM
from chassis.testing import said
from contracts.access import Role
from contracts.retention import AccessRecorded
from deploy.embedded.behaviour import Mode
from services.notifications.tests.test_batches import a_reading
from services.notifications.tests.test_receipts import named_to_provider
from services.notifications.tests.world import World, a_mobile, a_resident
from tests.eventually import eventually

STAFF = "SE2321000131-P000000000101"
ALICE = a_resident()
NUMBER, ADDRESS = a_mobile(), "alice@example.se"


async def asked_why(world: World, **question: str) -> Any:
    staff = await world.api.as_staff(world.tenant, STAFF, Role.CAREGIVER_ADMIN)
    return await world.api.http.get("/notices/why", params=question, headers=staff)


async def receipts_are_in(world: World) -> None:
    async def received() -> bool:
        return all(
            sending.get("receipt") for sending in await world.sendings() if sending["channel"] == "sms"
        )

    await eventually(received)


async def test_what_was_sent_is_told_with_each_attempt_and_its_receipt_and_no_address(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    world.gateway_does(Mode.DROP)
    await world.hears(world.asks("k1"))
    await world.sends()
    await receipts_are_in(world)

    answer = await asked_why(world, dedup_key="k1")

    (notice,) = answer.json()["notices"]
    assert (notice["timing"], notice["outcome"]) == ("direct", "sent")
    assert notice["choices"] == {"sms": True, "email": True}
    sms = next(line for line in notice["sent"] if line["channel"] == "sms")
    assert sms["outcome"] == "sent" and sms["receipt"]["status"] == "delivered"
    assert [chapter["state"] for chapter in sms["story"]][-1] == "sent"
    assert NUMBER not in answer.text and ADDRESS not in answer.text
    records = [r for r in await said(world.room, AccessRecorded) if r.action == "notices.explained"]
    assert [(r.resident_id, r.actor_id) for r in records] == [(ALICE, STAFF)]


async def test_what_was_not_sent_is_told_with_its_reason(world: World) -> None:
    await world.hears(world.asks("off", moment_id="mom-off"))
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks("read", moment_id="mom-read", timing="batched", unless_read="cnv-1"))
    world.passes(minutes=1)
    await world.hears(a_reading(world, moment_id="mom-read"))
    await world.hears(world.asks("waits", moment_id="mom-waits", timing="batched"))

    waiting = (await asked_why(world, moment="mom-waits")).json()["notices"][0]
    world.passes(days=1)
    await world.batch_hour()
    await world.sends()
    off = (await asked_why(world, moment="mom-off")).json()["notices"][0]
    read = (await asked_why(world, moment="mom-read")).json()["notices"][0]
    went = (await asked_why(world, moment="mom-waits")).json()["notices"][0]

    assert (waiting["outcome"], waiting["window"]) == ("pending", "2026-11-21")
    assert [(line["channel"], line["outcome"]) for line in waiting["sent"]] == [("inbox", "sent")]
    assert (off["choices"], off["sent"][0]["reason"]) == ({"sms": False, "email": False}, "no_channel")
    assert (read["choices"], read["sent"][0]["reason"]) == (None, "read")
    assert (went["outcome"], went["sent"][0]["kind"]) == ("digested", "digest")


async def test_a_refused_command_is_told_beside_what_was_taken_in(world: World) -> None:
    await world.hears(world.asks("k1"))
    await world.hears(world.asks("k1", category="reminder"))

    answer = (await asked_why(world, resident=ALICE, day="2026-11-20")).json()

    assert [notice["category"] for notice in answer["notices"]] == ["new_message"]
    assert [refused["error"] for refused in answer["refused"]] == ["dedup-key-reused"]


async def test_what_a_provider_could_not_deliver_is_shown_as_undelivered_and_the_account_balances(
    world: World,
) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks("k1"))
    await world.sends()
    await receipts_are_in(world)
    (sending,) = await world.sendings()
    form = {"id": sending["provider_id"], "status": "failed"}
    await world.api.http.post(
        "/receipts/sms", params={"reference": named_to_provider(world, sending)}, data=form
    )

    notice = (await asked_why(world, dedup_key="k1")).json()["notices"][0]

    assert notice["sent"][0]["outcome"] == "undelivered"
    account = await world.balance()
    assert account.balanced and account.outcomes["sent"] == 1 and account.undelivered == 1


async def test_a_question_that_is_none_is_refused_and_what_is_elsewhere_is_not_there(world: World) -> None:
    await world.hears(world.asks("k1"))
    practitioner = await world.api.as_staff(world.tenant, "SE2321000131-P000000000102", Role.PRACTITIONER)

    both = await asked_why(world, dedup_key="k1", moment="mom-1")
    none = await asked_why(world)
    unknown = await asked_why(world, dedup_key="k2")
    refused = await world.api.http.get("/notices/why", params={"dedup_key": "k1"}, headers=practitioner)

    assert (both.status_code, none.status_code, unknown.status_code) == (422, 422, 404)
    assert refused.status_code == 403


UNIT, ELSEWHERE = "SE2321000131-E000000000001", "SE2321000131-E000000000002"
ANNA = "SE2321000131-P000000000102"


async def asked_at_own_unit(
    world: World, unit: str = UNIT, tenant: str | None = None, **question: str
) -> Any:
    staff = await world.api.as_staff(tenant or world.tenant, ANNA, Role.PRACTITIONER, unit=unit)
    return await world.api.http.get("/notices/why/own-unit", params=question, headers=staff)


@pytest.mark.rule("R197")
async def test_a_units_staff_are_told_of_its_own_notices_and_others_do_not_exist(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(
        world.asks("ours", unit_id=UNIT, timing="batched"),
        world.asks("theirs", unit_id=ELSEWHERE, moment_id="mom-2", timing="batched"),
        world.asks("nobodys", moment_id="mom-3"),
    )
    await world.hears(world.asks("ours", unit_id=UNIT, category="reminder"))
    world.passes(days=1)
    await world.batch_hour()
    await world.sends()

    ours = (await asked_at_own_unit(world, dedup_key="ours")).json()
    of_alice = (await asked_at_own_unit(world, resident=ALICE)).json()
    refusals = [
        (await asked_at_own_unit(world, **question)).status_code
        for question in ({"dedup_key": "theirs"}, {"moment": "mom-2"}, {"dedup_key": "nobodys"}, {})
    ]

    (notice,) = ours["notices"]
    assert (notice["moment"], notice["outcome"]) == ("mom-1", "digested")
    assert [(line["channel"], line["notices"]) for line in notice["sent"]] == [("sms", 1), ("inbox", 1)]
    assert [each["notice"] for each in of_alice["notices"]] == [notice["notice"]]
    assert ours["refused"] == of_alice["refused"] == []
    assert refusals == [404, 404, 404, 422]
    everything = (await asked_why(world, resident=ALICE)).json()
    assert len(everything["notices"]) == 3 and len(everything["refused"]) == 1


async def test_staff_without_the_permission_or_of_another_unit_or_region_are_told_nothing(
    world: World,
) -> None:
    await world.hears(world.asks("ours", unit_id=UNIT))
    admin = await world.api.as_staff(world.tenant, STAFF, Role.PERMISSION_ADMIN, unit=UNIT)

    elsewhere = await asked_at_own_unit(world, unit=ELSEWHERE, dedup_key="ours")
    lacking = await world.api.http.get("/notices/why/own-unit", params={"dedup_key": "ours"}, headers=admin)
    claims = {"sub": ANNA, "employeeHsaId": ANNA, "careUnitHsaId": UNIT, PURPOSE_CLAIM: CARE}
    abroad = await world.api.http.get(
        "/notices/why/own-unit",
        params={"dedup_key": "ours"},
        headers=world.api.headers(f"{world.tenant}x", claims),
    )

    assert (elsewhere.status_code, lacking.status_code, abroad.status_code) == (404, 403, 401)
