"""An outbox id sorts in commit order per aggregate, and only an owner says what is its own."""

import pytest

from chassis.clock import position
from chassis.outbox import LARGEST_VALUE, MessageTooLargeError, Speaker, next_position, outbox_id, sequence_of
from chassis.testing import NOON, committed
from chassis.work import Actor, Room
from contracts.access import Role
from contracts.moments import RolesGranted
from contracts.registry import MESSAGES
from tests.chassis.counting import LONG_AGO, Counter, Counting, handled, started


async def test_ids_grow_with_each_message_of_an_aggregate_also_when_clocks_disagree(
    room: Room, tenant: str
) -> None:
    ahead = position() + 3_600_000_000
    work = Counting(room, tenant)
    counter = Counter("c1", position=ahead)
    for step in "abc":
        counter.step(step)
    await work.counters.save(counter)
    await committed(room, work)

    work = Counting(room, tenant)
    counter = await work.counters.get("c1")
    counter.step("d")
    await work.counters.save(counter)
    await committed(room, work)

    ids = [document["_id"] for document in await room.database["outbox"].find().sort("_id", 1).to_list(None)]
    assert ids == [outbox_id(ahead + n, "c1") for n in range(1, 5)]
    assert counter.position == ahead + 4


def test_positions_are_real_time_and_never_the_same() -> None:
    positions = [next_position(0) for _ in range(1000)]

    assert positions == sorted(set(positions))
    assert next_position(positions[-1] + 10**9) == positions[-1] + 10**9 + 1


def test_the_text_order_of_ids_is_the_order_of_positions() -> None:
    ids = [outbox_id(2**at, "x") for at in range(0, 55, 5)]

    assert ids == sorted(ids)
    assert [int(sequence_of(identity), 16) for identity in ids] == [2**at for at in range(0, 55, 5)]


async def test_a_message_goes_to_its_owners_topic_under_its_key(room: Room, tenant: str) -> None:
    work = Counting(room, tenant, trace="00-" + "1" * 32 + "-" + "2" * 16 + "-01")
    work.say(handled("m1"), about="c1")
    await committed(room, work)

    [document] = await room.database["outbox"].find().to_list(None)
    assert (document["topic"], document["key"]) == (f"{tenant}.flags.flag.v1", "m1")
    assert (document["type"], document["time"]) == ("se.sob.FlagHandled.v1", NOON.isoformat())
    assert document["trace"] == work.trace


def test_a_service_says_only_what_is_its_own() -> None:
    with pytest.raises(LookupError, match="flags may not say ModuleStarted"):
        Speaker("flags").document(
            started("m1"), tenant="vgr", aggregate="m1", at_position=1, time=NOON, trace=None
        )


def test_a_message_that_no_topic_takes_is_refused_where_it_is_said() -> None:
    roles = [Role.CAREGIVER_ADMIN] * (LARGEST_VALUE // 10)
    message = RolesGranted(
        unit_id="SE2321000131-E000000000001",
        person_id="SE2321000131-P000000000001",
        roles=roles,
        at=LONG_AGO,
        by="moments",
    )

    with pytest.raises(MessageTooLargeError):
        Speaker("moments").document(
            message, tenant="vgr", aggregate="u", at_position=1, time=NOON, trace=None
        )


async def test_an_access_is_recorded_with_who_did_it(room: Room, tenant: str) -> None:
    work = Counting(room, tenant, Actor("staff", "SE2321000131-P000000000001", "SE2321000131-E000000000001"))
    work.audit("moment.read", resident="res-1", moment="m1")
    await committed(room, work)

    [document] = await room.database["outbox"].find().to_list(None)
    record = MESSAGES[document["type"]].model_validate_json(document["value"])
    assert document["topic"] == f"{tenant}.flags.audit.v1"
    assert record.model_dump(include={"action", "actor_id", "resident_id"}) == {
        "action": "moment.read",
        "actor_id": "SE2321000131-P000000000001",
        "resident_id": "res-1",
    }
