"""What messaging does with what others say: in any order, again, and after a purge."""

from datetime import timedelta

import pytest

from chassis.changes import SavedFirstError
from chassis.committer import Committer
from chassis.errors import DuplicateKeyError
from chassis.http.identity import CARE, PURPOSE_CLAIM
from chassis.retrying import Retrying
from chassis.testing import NOON, UNIT, a_record, clock_of, raw_bytes, reaction, said
from chassis.work import Actor
from contracts.access import Role
from contracts.moments import RolesGranted
from contracts.retention import PurgeAnswered
from services.messaging.app import SERVICE
from services.messaging.store.work import MessagingWork
from services.messaging.tests.world import MOMENT, PRACTITIONER, World
from services.messaging.usecases.open_conversation import OpenConversation, open_conversation
from services.messaging.usecases.write_message import WriteMessage, write_message


@pytest.mark.rule("R156")
async def test_a_moment_its_responsible_and_its_end_in_one_batch_become_one_document(world: World) -> None:
    records = [
        a_record(message, tenant=world.tenant, offset=offset)
        for offset, message in enumerate((world.started(), world.assigned(), world.ended()))
    ]

    await world.handling.handle(records)
    await world.handling.handle(records, look_first=True)

    (moment,) = await world.room.database["moments"].find().to_list(None)
    assert (moment["practitioner"], moment["ended_at"], moment["version"]) == (PRACTITIONER, NOON, 1)
    assert (world.handling.tally.handled, world.handling.tally.repeated) == (3, 3)


async def test_an_assignment_before_its_moment_waits_and_heals(world: World) -> None:
    await world.hears(world.assigned())
    assert world.handling.tally.parked == 1
    assert await world.count("moments") == 0

    # The start comes by another lane here, as after a dead message that was replayed.
    await world.handling.commit([world.handling.read(a_record(world.started(), tenant=world.tenant))])  # type: ignore[list-item]
    await world.room.database["parked"].update_many({}, {"$set": {"due_at": NOON.replace(year=2020)}})
    await Retrying(world.room.database, world.handling).retry_due()

    (moment,) = await world.room.database["moments"].find().to_list(None)
    assert moment["practitioner"] == PRACTITIONER
    assert await world.count("parked") == 0


@pytest.mark.rule("R176", "R290")
@pytest.mark.decision("D9", "D10", "D11")
async def test_a_moment_in_maintenance_refuses_new_messages_of_both_sides_until_it_goes_on(
    world: World,
) -> None:
    await world.hears_a_moment()
    conversation, empty = await world.a_conversation(), await world.a_conversation()
    await world.staff_writes(conversation)

    await world.hears(world.maintained(days=7))

    removed = await world.api.http.delete(f"/conversations/{empty}", headers=await world.staff())
    refused = [await world.staff_writes(conversation), await world.alice_writes(conversation), removed]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(409, "moment-maintained")}
    composer = (await world.get(f"/moments/{MOMENT}/conversations", await world.staff())).json()["composer"]
    assert (composer["can_write"], composer["hints"][0]["code"]) == (False, "moment-maintained")
    assert (await world.staff_reads(conversation)).status_code == 200
    assert (await world.alice_reads(conversation)).status_code == 200
    clock_of(world.room).advance(timedelta(days=7))
    over = await world.alice_reads(conversation)
    assert (over.status_code, over.json()["code"]) == (403, "access-ended")
    assert (await world.staff_reads(conversation)).status_code == 200
    await world.hears(world.resumed())
    assert (await world.alice_writes(conversation)).status_code == 201


@pytest.mark.rule("R267", "R280")
async def test_roles_open_and_close_the_endpoints(world: World) -> None:
    await world.hears_a_moment()
    who = world.api.headers(
        world.tenant,
        {"sub": PRACTITIONER, "employeeHsaId": PRACTITIONER, "careUnitHsaId": UNIT, PURPOSE_CLAIM: CARE},
    )
    granted = RolesGranted(
        unit_id=UNIT, person_id=PRACTITIONER, roles=[Role.PRACTITIONER], at=NOON, by=PRACTITIONER
    )

    await world.hears(granted)

    assert (await world.get(f"/moments/{MOMENT}/conversations", who)).status_code == 200
    await world.hears(granted.model_copy(update={"roles": []}))
    (grant,) = await world.room.database["grants"].find().to_list(None)
    assert grant["roles"] == []


async def test_nothing_that_was_written_is_readable_in_any_collection(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation(title="Hemorrojder")
    await world.staff_writes(conversation, "Diagnosen är blodig")
    await world.alice_writes(conversation, "Förlägenheten är stor")
    await world.drafts(conversation, "Utkastets tvekan")
    await world.alice_reads(conversation)

    stored = await raw_bytes(world.room)

    for secret in ("Hemorrojder", "Diagnosen", "blodig", "Förlägenheten", "tvekan", "Test"):
        assert secret.encode() not in stored
    assert MOMENT.encode() in stored


@pytest.mark.rule("R308")
@pytest.mark.decision("D48")
async def test_a_purge_deletes_the_moment_for_ever_and_answers_with_counts(world: World) -> None:
    await world.hears_a_moment()
    await world.hears_a_moment("mom-2")
    await world.hears(world.chose(sms=True, email=False))
    conversation = await world.a_conversation(title="Sömn")
    await world.staff_writes(conversation)
    await world.staff_writes(conversation)
    await world.drafts(conversation, "Inte klart")

    await world.hears(world.purge(), world.purge())

    first, again = await said(world.room, PurgeAnswered)
    assert {deleted.collection: deleted.count for deleted in first.deleted} == {
        "moments": 1,
        "conversations": 1,
        "messages": 2,
        "drafts": 1,
        "timers": 0,
        "parked": 0,
        "idempotency": 3,
    }
    assert (first.service, first.key_destroyed, first.resident_remains) == ("messaging", True, True)
    assert {deleted.count for deleted in again.deleted} == {0}
    assert (await world.staff_reads(conversation)).status_code == 404
    assert (
        await world.count("messages")
        == await world.count("conversations")
        == await world.count("drafts")
        == 0
    )
    assert await world.count("contacts") == 1


@pytest.mark.parametrize("scope", ["moment", "resident"])
async def test_a_purge_that_is_asked_of_others_deletes_nothing_here(world: World, scope: str) -> None:
    await world.hears_a_moment()
    await world.hears(world.chose(sms=True, email=False))

    await world.hears(world.purge(scope).model_copy(update={"services": ["moments"]}))

    assert await said(world.room, PurgeAnswered) == []
    assert await world.count("moments") == await world.count("contacts") == 1


async def test_what_is_heard_late_of_a_purged_moment_brings_nothing_back(world: World) -> None:
    await world.hears(world.purge())

    await world.hears(world.started(), world.assigned(), world.ended())

    assert await world.count("moments") == await world.count("parked") == 0


@pytest.mark.rule("R308")
async def test_a_start_on_its_way_when_its_moment_is_purged_brings_nothing_back(world: World) -> None:
    prepared = await reaction(SERVICE, world.room, world.started(), tenant=world.tenant)

    await world.hears(world.purge())
    with pytest.raises(DuplicateKeyError):
        await Committer(world.room.client, world.room.database).commit(prepared)
    # As its worker does it again.
    await world.hears(world.started())

    assert await world.count("moments") == await world.count("parked") == 0


async def test_a_resident_is_erased_only_with_the_last_moment(world: World) -> None:
    await world.hears_a_moment()
    await world.hears_a_moment("mom-2")
    await world.hears(world.chose(sms=True, email=False))
    await world.alice_writes(await world.a_conversation(world.resident()))
    await world.hears(world.purge(), world.purge("resident"))
    assert await world.count("contacts") == 1

    await world.hears(world.purge(moment="mom-2"), world.purge("resident", moment="mom-2"))

    answers = await said(world.room, PurgeAnswered)
    assert [(answer.scope, answer.resident_remains) for answer in answers] == [
        ("moment", True),
        ("resident", True),
        ("moment", False),
        ("resident", False),
    ]
    assert await world.count("contacts") == await world.count("idempotency") == 0


@pytest.mark.rule("R308")
async def test_choices_heard_after_the_residents_purge_go_with_the_last_word(world: World) -> None:
    await world.hears_a_moment()
    await world.hears(world.purge(), world.purge("resident"))

    await world.hears(world.chose(sms=True, email=True), world.chose(sms=False, email=False))

    assert await world.count("contacts") == 0


async def test_a_message_and_its_notice_lie_in_the_outbox_each_with_its_own_key(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)

    documents = await world.room.database["outbox"].find().sort("_id", 1).to_list(None)

    topics = [document["topic"].split(".", 1)[1] for document in documents]
    assert topics.count("messaging.conversation.v1") == topics.count("notifications.command.v1") == 1
    assert [document["key"] for document in documents if "command" in document["topic"]] == [world.alice]


async def test_what_was_prepared_before_a_purge_is_not_written_after_it(world: World) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation(world.resident())
    committer = Committer(world.room.client, world.room.database)
    alice = Actor("resident", world.alice)
    opening, writing = (MessagingWork(world.room, world.tenant, alice) for _ in range(2))
    await open_conversation(OpenConversation(MOMENT), opening)
    await write_message(WriteMessage(conversation, "Hej"), writing)
    prepared = [await opening.finish(), await writing.finish()]

    await world.hears(world.purge())

    for changes in prepared:
        with pytest.raises(SavedFirstError):
            await committer.commit(changes)
    assert await world.count("messages") == await world.count("conversations") == 0
