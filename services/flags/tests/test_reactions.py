"""What flags does with what others say: in any order, again, and after a purge."""

from datetime import timedelta

import pytest

from chassis.committer import Committer
from chassis.errors import DuplicateKeyError
from chassis.retrying import Retrying
from chassis.testing import NOON, a_record, reaction, said
from contracts.flags import FlagHandled, FlagRaised
from contracts.moments import ProgramCompleted
from contracts.notifications import NotifyStaff
from contracts.retention import PurgeAnswered
from services.flags.app import SERVICE
from services.flags.tests.world import ANNA, MOMENT, OTTO, World


@pytest.mark.rule("R218")
@pytest.mark.parametrize("at_once", [True, False])
async def test_two_messages_of_a_resident_make_one_flag_with_count_two(world: World, at_once: bool) -> None:
    await world.hears_a_moment()

    await (world.hears_at_once if at_once else world.hears)(world.sent("msg-1"), world.sent("msg-2"))

    (flag,) = await world.flags()
    assert (flag["flag"], len(flag["causes"]), flag["state"]) == ("mom-1.new_message.1", 2, "open")
    raised = await said(world.room, FlagRaised)
    assert [(flag.flag_id, flag.count, flag.audience) for flag in raised] == [
        ("mom-1.new_message.1", 1, "practitioner"),
        ("mom-1.new_message.1", 2, "practitioner"),
    ]


@pytest.mark.decision("D23")
@pytest.mark.parametrize("at_once", [True, False])
async def test_whoever_is_responsible_is_told_once_of_a_flag_however_much_it_stands_for(
    world: World, at_once: bool
) -> None:
    await world.hears_a_moment()

    await (world.hears_at_once if at_once else world.hears)(world.sent("msg-1"), world.sent("msg-2"))

    (asked,) = await said(world.room, NotifyStaff)
    assert (asked.recipient_id, asked.flag_type, asked.dedup_key) == (
        ANNA,
        "new_message",
        "mom-1.new_message.1",
    )


@pytest.mark.rule("R191")
async def test_a_resident_who_has_finished_the_program_is_a_flag_and_a_notice_once(world: World) -> None:
    await world.hears_a_moment()
    finished = ProgramCompleted(moment_id=MOMENT, at=NOON, by=world.alice)

    await world.hears(finished)
    await world.hears(finished)

    (flag,) = await world.flags()
    assert (flag["flag"], flag["state"]) == ("mom-1.program_completed.1", "open")
    (asked,) = await said(world.room, NotifyStaff)
    assert (asked.recipient_id, asked.flag_type) == (ANNA, "program_completed")


async def test_replaying_the_same_message_changes_nothing(world: World) -> None:
    await world.hears_a_moment()
    record = a_record(world.sent("msg-1"), tenant=world.tenant)
    await world.handling.handle([record])
    before = (await world.flags(), await said(world.room))

    await world.handling.handle([record])
    await world.handling.handle([record, record], look_first=True)

    assert (await world.flags(), await said(world.room)) == before
    assert world.handling.tally.repeated == 3


async def test_the_same_message_under_another_envelope_counts_once(world: World) -> None:
    await world.hears_a_moment()

    await world.hears(world.sent("msg-1"), world.sent("msg-1"))

    assert [flag.count for flag in await said(world.room, FlagRaised)] == [1]


async def test_a_message_before_its_moment_waits_and_heals_in_order(world: World) -> None:
    await world.hears(world.sent("msg-1"), world.sent("msg-2"))
    assert world.handling.tally.parked == 2
    assert await world.flags() == []

    await world.hears_a_moment()
    retrying = Retrying(world.room.database, world.handling)
    for _ in range(2):
        await world.room.database["parked"].update_many({}, {"$set": {"due_at": NOON.replace(year=2020)}})
        await retrying.retry_due()

    (flag,) = await world.flags()
    assert [cause["id"] for cause in flag["causes"]] == ["msg-1", "msg-2"]
    assert await world.count("parked") == 0


async def test_what_staff_write_and_residents_read_raises_and_handles_nothing(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1", sender="staff"))
    assert await world.flags() == []
    await world.hears(world.sent("msg-2"), world.read("msg-1", reader="resident"))

    assert [flag["state"] for flag in await world.flags()] == ["open"]
    assert await said(world.room, FlagHandled) == []


@pytest.mark.rule("R216")
async def test_when_staff_have_read_everything_the_flag_is_handled_and_the_next_message_raises_another(
    world: World,
) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"), world.sent("msg-2", conversation="con-2"))
    await world.hears(world.read("msg-1"))
    (flag,) = await world.flags()
    assert (flag["state"], len(flag["causes"])) == ("open", 1)

    await world.hears(world.read("msg-2", conversation="con-2"), world.sent("msg-3"))

    assert [(flag["flag"], flag["state"]) for flag in await world.flags()] == [
        ("mom-1.new_message.1", "handled"),
        ("mom-1.new_message.2", "open"),
    ]
    (handled,) = await said(world.room, FlagHandled)
    assert (handled.flag_id, handled.by) == ("mom-1.new_message.1", ANNA)


@pytest.mark.rule("R256")
@pytest.mark.decision("D27")
async def test_open_flags_follow_the_moment_to_another_practitioner(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"), world.assigned(practitioner=OTTO))

    for_anna = await world.get("/flags", await world.staff())
    for_otto = await world.get("/flags", await world.staff(who=OTTO))

    assert for_anna.json()["items"] == []
    assert [item["practitioner"] for item in for_otto.json()["items"]] == [OTTO]


async def test_the_end_of_a_moment_takes_its_flags_down_and_none_goes_up_after_it(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"), world.ended(), world.sent("msg-2"))

    assert [(flag["state"], len(flag["causes"])) for flag in await world.flags()] == [("handled", 1)]


@pytest.mark.rule("R296")
@pytest.mark.decision("D9", "D10")
async def test_maintenance_that_is_over_raises_a_flag_that_goes_when_the_moment_goes_on(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"), world.expired(), world.expired())

    _, raised = await said(world.room, FlagRaised)
    assert (raised.flag_type, raised.audience, raised.count) == ("maintenance_expired", "practitioner", 1)
    listed = (await world.get("/flags?type=maintenance_expired", await world.staff())).json()["items"]
    assert [item["id"] for item in listed] == ["mom-1.maintenance_expired.1"]

    await world.hears(world.resumed())
    assert {flag["type"]: flag["state"] for flag in await world.flags()} == {
        "maintenance_expired": "handled",
        "new_message": "open",
    }
    await world.hears(world.expired(NOON + timedelta(days=40)))
    assert [flag["flag"] for flag in await world.flags() if flag["state"] == "open"] == [
        "mom-1.maintenance_expired.2",
        "mom-1.new_message.1",
    ]


@pytest.mark.rule("R306")
async def test_a_moment_that_was_handed_over_has_a_flag_until_somebody_is_responsible(world: World) -> None:
    continuing = world.started("mom-2").model_copy(update={"continues_id": MOMENT})

    await world.hears(continuing)
    before = [(flag["flag"], flag["state"]) for flag in await world.flags()]
    await world.hears(world.assigned("mom-2"))

    assert before == [("mom-2.unassigned.1", "open")]
    assert [flag["state"] for flag in await world.flags()] == ["handled"]


@pytest.mark.rule("R308")
async def test_a_purge_deletes_the_flags_of_the_moment_and_answers_with_counts(world: World) -> None:
    await world.hears_a_moment()
    await world.hears_a_moment("mom-2")
    await world.hears(world.sent("msg-1"), world.sent("msg-2", moment="mom-2"))

    await world.hears(world.purge(), world.purge())

    first, again = await said(world.room, PurgeAnswered)
    assert {deleted.collection: deleted.count for deleted in first.deleted} == {
        "moments": 1,
        "flags": 1,
        "timers": 0,
        "parked": 0,
        "idempotency": 0,
    }
    assert (first.service, first.key_destroyed, first.resident_remains) == ("flags", True, True)
    assert {deleted.count for deleted in again.deleted} == {0}
    assert [flag["moment"] for flag in await world.flags()] == ["mom-2"]


async def test_a_purge_that_is_asked_of_others_deletes_nothing_here(world: World) -> None:
    await world.hears_a_moment()

    await world.hears(world.purge().model_copy(update={"services": ["moments"]}))

    assert await said(world.room, PurgeAnswered) == []
    assert await world.count("moments") == 1


async def test_what_is_heard_late_of_a_purged_moment_brings_nothing_back(world: World) -> None:
    await world.hears(world.purge())

    await world.hears(world.started(), world.sent("msg-1"), world.read("msg-1"), world.ended())

    assert await world.count("moments") == await world.count("flags") == await world.count("parked") == 0


@pytest.mark.rule("R308")
async def test_a_start_on_its_way_when_its_moment_is_purged_brings_nothing_back(world: World) -> None:
    prepared = await reaction(SERVICE, world.room, world.started(), tenant=world.tenant)

    await world.hears(world.purge())
    with pytest.raises(DuplicateKeyError):
        await Committer(world.room.client, world.room.database).commit(prepared)
    # As its worker does it again.
    await world.hears(world.started())

    assert await world.count("moments") == await world.count("parked") == 0


async def test_the_purge_of_a_resident_says_whether_other_moments_remain(world: World) -> None:
    await world.hears_a_moment("mom-2")
    await world.hears(world.purge("resident"), world.purge(moment="mom-2"), world.purge("resident"))

    answers = await said(world.room, PurgeAnswered)

    assert [(answer.scope, answer.resident_remains) for answer in answers] == [
        ("resident", True),
        ("moment", False),
        ("resident", False),
    ]


async def test_a_flag_handled_by_hand_while_a_message_arrives_is_followed_by_another(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.sent("msg-1"))
    handled = await world.handle("mom-1.new_message.1", await world.staff())

    await world.hears(world.sent("msg-2", at=NOON + timedelta(minutes=1)))

    assert handled.json()["state"] == "handled"
    listed = (await world.get("/flags", await world.staff())).json()["items"]
    assert [(item["id"], item["count"], item["moment_id"]) for item in listed] == [
        ("mom-1.new_message.2", 1, MOMENT)
    ]
