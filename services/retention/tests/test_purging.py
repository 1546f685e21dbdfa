"""Purging on a real database: from the order to the certificate, with everything that comes twice or late."""

import asyncio
from collections.abc import Sequence

import pytest

from chassis.testing import UNIT, raw_bytes, said
from contracts.access import Role
from contracts.registry import CARE_SERVICES
from contracts.retention import PurgeCompleted
from services.retention.domain.certificate import is_unaltered
from services.retention.tests.builders import (
    ADMIN,
    MOMENT,
    OTHER_UNIT,
    PRACTITIONER,
    RESIDENT,
    answered,
    ended,
    started,
)
from services.retention.tests.world import Retention

ORDERS = (CARE_SERVICES, CARE_SERVICES[::-1], ("flags", "moments", "messaging", "notifications"))


@pytest.mark.rule("R308", "R310", "R312")
@pytest.mark.decision("D5", "D34")
@pytest.mark.parametrize("order", ORDERS)
async def test_receipts_in_any_order_complete_a_purge_and_a_replay_changes_nothing(
    retention: Retention, order: Sequence[str]
) -> None:
    await retention.has_ended()
    accepted = await retention.purges()
    assert accepted.status_code == 202

    await retention.is_answered((await retention.asked())[0], order)
    await retention.is_answered((await retention.asked())[1])
    await retention.is_answered((await retention.asked())[2], [each for each in order if each != "moments"])
    await retention.handling.handle(retention.records)
    for record in retention.records:
        await retention.handling.handle([record], look_first=True)

    location = accepted.headers["location"]
    progress = (await retention.asks(location)).json()
    assert (progress["status"], progress["waiting_for"], len(progress["receipts"])) == ("completed", [], 8)
    certificate = (await retention.asks(f"{location}/certificate")).json()
    assert is_unaltered(certificate)
    assert (certificate["requested_by"], certificate["moment_id"]) == (ADMIN, MOMENT)
    assert (certificate["unit_id"], certificate["documents_deleted"]) == (UNIT, 16)
    assert (await retention.asks("/ended-moments")).json()["items"] == []
    room = retention.api.room
    assert [(each.scope, each.services) for each in await retention.asked()] == [
        ("moment", sorted(CARE_SERVICES)),
        ("resident", ["moments"]),
        ("resident", ["flags", "messaging", "notifications"]),
    ]
    assert len(await said(room, PurgeCompleted)) == 1
    assert await room.database["timers"].count_documents({}) == 0
    counts = await room.database["purged_counts"].find({}, {"_id": 0}).to_list(None)
    assert counts == [
        {
            "tenant": retention.tenant,
            "unit_id": UNIT,
            "program_id": "sova",
            "program_version": "1.0",
            "started_on": "2026-02-01",
            "ended_on": "2026-11-10",
            "reason": "completed",
            "count": 1,
        }
    ]


async def test_after_a_purge_only_the_audit_trail_names_the_resident(retention: Retention) -> None:
    await retention.has_ended()
    await retention.purges()
    await retention.is_answered_to_the_end()

    room = retention.api.room
    assert RESIDENT.encode() in await raw_bytes(room)
    await room.database["outbox"].delete_many({})
    assert RESIDENT.encode() not in await raw_bytes(room)


@pytest.mark.decision("D6")
async def test_an_ongoing_moment_is_not_purged(retention: Retention) -> None:
    await retention.hears(started())

    refused = await retention.purges()

    assert (refused.status_code, refused.json()["code"]) == (409, "moment-not-ended")
    assert await retention.asked() == []


@pytest.mark.decision("D6", "D35")
async def test_without_confirmation_nothing_is_purged(retention: Retention) -> None:
    await retention.has_ended()

    refused = await retention.purges(confirm=False)

    assert (refused.status_code, refused.json()["code"]) == (422, "confirmation-missing")
    assert "inte ångras" in refused.json()["text"]
    assert await retention.asked() == []


@pytest.mark.rule("R313")
@pytest.mark.decision("D32")
async def test_linked_moments_are_purged_first(retention: Retention) -> None:
    await retention.has_ended()
    await retention.hears(started("mom-2", continues=MOMENT), ended("mom-2"))

    refused = await retention.purges()

    assert (refused.status_code, refused.json()["code"]) == (409, "linked-moments-remain")
    rows = {row["moment_id"]: row for row in (await retention.asks("/ended-moments")).json()["items"]}
    assert (rows[MOMENT]["purgeable"], rows[MOMENT]["obstacle"]) == (False, "linked_moments_first")
    assert (rows["mom-2"]["purgeable"], rows["mom-2"]["obstacle"]) == (True, None)
    assert (await retention.purges("mom-2", key="key-2")).status_code == 202


@pytest.mark.rule("R313")
@pytest.mark.decision("D32")
async def test_a_linked_moment_is_purged_first_also_before_anything_was_heard_of_it(
    retention: Retention,
) -> None:
    # The end of the one and the start of the other have different keys, and come in any order.
    await retention.has_ended(continued_by="mom-2")

    early = await retention.purges()
    (row,) = (await retention.asks("/ended-moments")).json()["items"]
    await retention.has_ended("mom-2")
    known = await retention.purges(key="key-2")
    await retention.purges("mom-2", key="key-3")
    under_way = await retention.purges(key="key-4")
    await retention.is_answered((await retention.asked())[0], remains=True)
    afterwards = await retention.purges(key="key-5")

    refused = (early, known, under_way)
    assert [(each.status_code, each.json()["code"]) for each in refused] == [
        (409, "linked-moments-remain")
    ] * 3
    assert [each.json()["fields"]["count"] for each in refused] == [1, 1, 1]
    assert (row["purgeable"], row["linked_moments"]) == (False, 1)
    assert afterwards.status_code == 202


async def test_a_moment_is_purged_once(retention: Retention) -> None:
    await retention.has_ended()
    accepted = await retention.purges()

    again = await retention.purges(key="key-2")
    await retention.is_answered_to_the_end()
    afterwards = await retention.purges(key="key-3")

    assert (again.status_code, again.json()["code"]) == (409, "moment-being-purged")
    assert (afterwards.status_code, afterwards.json()["code"]) == (409, "moment-purged")
    assert afterwards.json()["fields"]["purge_id"] == accepted.json()["purge_id"]


async def test_an_order_sent_twice_at_once_is_one_purge(retention: Retention) -> None:
    await retention.has_ended()

    answers = await asyncio.gather(*(retention.purges() for _ in range(4)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["purge_id"] for answer in answers}) == 1
    assert len(await retention.asked()) == 1


async def test_two_who_order_the_same_purge_at_once_get_one(retention: Retention) -> None:
    await retention.has_ended()

    answers = await asyncio.gather(*(retention.purges(key=f"key-{number}") for number in range(4)))

    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert len(await retention.asked()) == 1


@pytest.mark.decision("D4")
async def test_only_data_administrators_purge(retention: Retention) -> None:
    await retention.has_ended()
    practitioner = await retention.api.as_staff(retention.tenant, PRACTITIONER, Role.PRACTITIONER)

    refused = await retention.api.http.post(
        "/purges",
        json={"moment_id": MOMENT, "confirm": True},
        headers={**practitioner, "Idempotency-Key": "key-1"},
    )

    assert refused.status_code == 403
    assert (await retention.asks("/ended-moments", practitioner)).json()["items"] != []
    both = await retention.api.as_staff(
        retention.tenant, "SE2321000131-P000000000003", Role.PRACTITIONER, Role.DATA_ADMIN
    )
    assert (await retention.asks("/purges", both)).status_code == 200


async def test_another_unit_or_region_sees_nothing_of_a_purge(retention: Retention) -> None:
    await retention.has_ended()
    location = (await retention.purges()).headers["location"]
    http = retention.api.http
    strangers = [
        await retention.api.as_staff(retention.tenant, ADMIN, Role.DATA_ADMIN, unit=OTHER_UNIT),
        await retention.api.as_staff("other", ADMIN, Role.DATA_ADMIN),
    ]

    for headers in strangers:
        order = {**headers, "Idempotency-Key": "key-9"}
        body = {"moment_id": MOMENT, "confirm": True}
        assert (await http.post("/purges", json=body, headers=order)).status_code == 404
        assert (await http.get(location, headers=headers)).status_code == 404
        assert (await http.get(f"{location}/certificate", headers=headers)).status_code == 404
        assert (await http.get("/purges", headers=headers)).json()["items"] == []
        assert (await http.get("/ended-moments", headers=headers)).json()["items"] == []


async def test_there_is_no_certificate_before_the_last_receipt(retention: Retention) -> None:
    await retention.has_ended()
    location = (await retention.purges()).headers["location"]

    refused = await retention.asks(f"{location}/certificate")

    assert (refused.status_code, refused.json()["code"]) == (409, "purge-not-completed")


async def test_a_receipt_for_an_unknown_purge_is_parked_and_harms_nobody(retention: Retention) -> None:
    await retention.has_ended()
    await retention.purges()
    asked = (await retention.asked())[0]
    unknown = asked.model_copy(update={"purge_id": "pur-unknown", "moment_id": "mom-9"})

    await retention.hears(answered(unknown, "flags"), answered(asked, "flags"), service="flags")

    parked = await retention.api.room.database["parked"].find().to_list(None)
    assert [each["error"] for each in parked] == ["not-found"]
    (purge,) = (await retention.asks("/purges")).json()["items"]
    assert "flags" not in purge["waiting_for"]


async def test_a_service_cannot_answer_for_another(retention: Retention) -> None:
    await retention.has_ended()
    await retention.purges()

    await retention.hears(answered((await retention.asked())[0], "moments"), service="flags")

    (purge,) = (await retention.asks("/purges")).json()["items"]
    assert purge["waiting_for"] == sorted(CARE_SERVICES)
