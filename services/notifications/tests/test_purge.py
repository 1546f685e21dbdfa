"""After a purge nothing names the resident, nothing can be read, and the accounts still balance."""

import asyncio
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from chassis.changes import SavedFirstError
from chassis.errors import DuplicateKeyError
from chassis.testing import committed, raw_bytes, said
from contracts.notifications import ContactChoicesMade
from contracts.retention import PurgeAnswered, PurgeRequested
from deploy.embedded.behaviour import Mode
from services.notifications.handlers.messaging import remember_reading_on_conversation_read
from services.notifications.tests.test_batches import a_reading
from services.notifications.tests.world import World, a_mobile, a_resident
from services.notifications.usecases.let_go import end
from services.notifications.usecases.notify_resident import look_up, notify_resident
from services.notifications.usecases.purge import purge
from services.notifications.work import NotificationsWork
from tests.eventually import eventually

ALICE, NUMBER, ADDRESS = a_resident(), a_mobile(), "alice@example.se"
YESTERDAY = date(2026, 11, 20)


def a_purge(world: World, scope: str = "moment", moment: str = "mom-1") -> PurgeRequested:
    return PurgeRequested(
        purge_id=f"prg-{scope}-{moment}",
        scope=scope,  # type: ignore[arg-type]
        moment_id=moment,
        resident_id=ALICE,
        requested_at=world.room.clock.now(),
    )


async def with_a_history(world: World) -> None:
    """Two moments: a direct notice sent, one suppressed, a digest over both, and something that still waits."""
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    await world.hears(a_reading(world))
    await world.hears(world.asks(), world.asks(moment_id="mom-2"))
    await world.hears(world.asks(timing="batched"), world.asks(timing="batched", moment_id="mom-2"))
    await world.sends()
    world.passes(days=1)
    await world.batch_hour()
    await world.sends()
    await world.hears(world.asks(timing="batched"))


async def test_the_accounts_balance_before_and_after_each_purge(world: World) -> None:
    await with_a_history(world)
    before, today = await world.balance(YESTERDAY), await world.balance()

    await world.hears(a_purge(world))
    between = await world.balance(YESTERDAY)
    await world.hears(a_purge(world, moment="mom-2"))
    await world.hears(a_purge(world, "resident", "mom-2"))
    after = await world.balance(YESTERDAY)

    assert before.balanced and between.balanced and after.balanced
    assert after.outcomes == between.outcomes == before.outcomes
    assert after.channels == before.channels
    assert after.digests == between.digests == before.digests
    now = await world.balance()
    assert now.balanced and today.outcomes["pending"] == 1 and now.outcomes["suppressed"] == 1


async def test_after_the_last_purge_nothing_names_the_resident_or_can_be_read(world: World) -> None:
    await with_a_history(world)

    await world.hears(a_purge(world), a_purge(world, moment="mom-2"), a_purge(world, "resident", "mom-2"))

    answers = await said(world.room, PurgeAnswered)
    assert [answer.resident_remains for answer in answers] == [False, False, False]
    assert answers[-1].key_destroyed
    # What is on its way out or was heard goes by the ids of messages, and with the topics' retention.
    for collection in ("outbox", "inbox"):
        await world.room.database[collection].delete_many({})
    left = await raw_bytes(world.room)
    for trace in (ALICE, NUMBER, ADDRESS, "mom-1", "mom-2"):
        assert trace.encode() not in left
    assert ALICE not in await world.room.keyring.load_many(world.tenant, [ALICE])


@pytest.mark.rule("R308")
async def test_the_last_word_about_a_purged_resident_is_that_all_is_off(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    before = await said(world.room, ContactChoicesMade)

    for scope in ("moment", "resident", "resident"):
        await world.hears(a_purge(world, scope))

    *earlier, last = await said(world.room, ContactChoicesMade)
    assert earlier == before
    assert [(each.sms, each.email) for each in (before[-1], last)] == [(True, True), (False, False)]


async def test_a_resident_with_another_moment_keeps_their_choices(world: World) -> None:
    await with_a_history(world)
    await world.hears(a_purge(world))

    await world.hears(a_purge(world, "resident"))

    answer = (await said(world.room, PurgeAnswered))[-1]
    assert answer.resident_remains and not answer.key_destroyed
    await world.hears(world.asks(moment_id="mom-2"))
    await world.sends()
    assert len(world.texts_to(NUMBER)) == 4


@pytest.mark.rule("R308")
async def test_a_resident_whose_purge_is_asked_of_moments_keeps_their_choices(world: World) -> None:
    # Nothing here says that a moment runs: it was started and nobody has been told of anything.
    await world.has_on(ALICE, sms=NUMBER)

    await world.hears(a_purge(world, "resident").model_copy(update={"services": ["moments"]}))

    assert await said(world.room, PurgeAnswered) == []
    await world.hears(world.asks(moment_id="mom-2"))
    await world.sends()
    assert len(world.texts_to(NUMBER)) == 1


async def test_what_is_due_for_a_purged_moment_is_not_sent(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks())

    await world.hears(a_purge(world))
    await world.sends()

    assert world.texts_to(NUMBER) == []
    (settled,) = await world.settled()
    assert (settled.outcome, settled.reason) == ("suppressed", "purged")
    assert (await world.balance()).balanced


async def test_what_is_asked_late_about_a_purged_moment_is_counted_and_not_kept(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(a_purge(world))

    await world.hears(world.asks(), world.asks(timing="batched"), a_reading(world))
    await world.sends()

    assert world.texts_to(NUMBER) == []
    account = await world.balance()
    assert account.balanced and account.asked == account.outcomes["suppressed"] == 2
    for collection in ("notices", "pending", "sendings", "reads"):
        assert await world.room.database[collection].count_documents({}) == 0


async def test_of_two_that_got_each_others_ids_the_one_that_stays_was_still_sent_once(world: World) -> None:
    """One text to one number: the number is two residents', as a couple's may be."""
    bob = a_resident(2)
    await world.has_on(ALICE, sms=NUMBER)
    await world.has_on(bob, sms=NUMBER)
    await world.hears(world.asks(), world.asks(recipient_id=bob, moment_id="mom-2"))
    await world.sends()
    sendings = world.room.database["sendings"]
    gone, stays = sorted(await world.sendings(), key=lambda each: str(each["resident"]))
    await sendings.update_one({"_id": gone["_id"]}, {"$unset": {"provider_id": ""}})
    swapped = {"provider_id": gone["provider_id"], "extra_ids": [stays["provider_id"]]}
    await sendings.update_one({"_id": stays["_id"]}, {"$set": swapped})
    await sendings.update_one({"_id": gone["_id"]}, {"$set": {"provider_id": stays["provider_id"]}})
    assert (await world.balance()).balanced

    await world.hears(a_purge(world))

    assert [each["_id"] for each in await world.sendings()] == [stays["_id"]]
    assert (await world.balance()).balanced
    theirs = {"tenant": world.tenant, "extra_ids": stays["provider_id"]}
    plan = (await sendings.find(theirs).explain())["queryPlanner"]["winningPlan"]
    assert "by_another_id" in str(plan)


async def test_a_purge_waits_for_what_is_being_attempted(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks())
    world.gateway_does(Mode.LATE, seconds=0.3)
    sending = asyncio.create_task(world.sends())
    sendings = world.room.database["sendings"]
    await eventually(lambda: sendings.find_one({"state": "attempting"}))

    await world.hears(a_purge(world))
    assert await said(world.room, PurgeAnswered) == []
    await sending

    async def answered() -> bool:
        await world.retries()
        return len(await said(world.room, PurgeAnswered)) == 1

    await eventually(answered)
    assert (await world.balance()).balanced


async def holds_nothing_of(world: World, moment: str = "mom-1") -> bool:
    """Whether the moment is named nowhere but in what goes by itself."""
    collections = ("notices", "pending", "sendings", "reads", "endings", "parked", "timers")
    found = [
        str(document)
        for name in collections
        for document in await world.room.database[name].find({"tenant": world.tenant}).to_list(None)
    ]
    return not any(moment in document for document in found)


@pytest.mark.parametrize("first", ["asked", "purged"])
async def test_what_comes_in_one_batch_with_its_moments_purge_leaves_nothing(
    world: World, first: str
) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    asked = [world.asks(), world.asks(timing="batched"), a_reading(world)]
    batch = [*asked, a_purge(world)]

    await world.hears(*batch if first == "asked" else reversed(batch))
    await world.sends()

    assert world.texts_to(NUMBER) == []
    assert await holds_nothing_of(world)
    account = await world.balance()
    assert account.balanced and account.asked == account.outcomes["suppressed"] == 2
    assert len(await said(world.room, PurgeAnswered)) == 1


async def test_a_reading_that_comes_just_behind_the_purge_leaves_no_mark(world: World) -> None:
    await world.hears(a_purge(world), a_reading(world))

    assert await holds_nothing_of(world)


async def test_a_purge_that_has_not_seen_a_notice_is_done_again(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    work = NotificationsWork(world.room, world.tenant)
    await purge(a_purge(world, "resident"), work)
    taken_in = NotificationsWork(world.room, world.tenant)
    await notify_resident(world.asks(), taken_in)
    await committed(world.room, taken_in)

    with pytest.raises(SavedFirstError):
        await committed(world.room, work)
    await world.hears(a_purge(world, "resident"))

    assert await holds_nothing_of(world)
    assert (await world.balance()).balanced


async def test_what_was_looked_up_before_the_purge_is_not_written_behind_it(world: World) -> None:
    """Another worker had looked before the moment was purged, and writes after it: it is done again."""
    await world.has_on(ALICE, sms=NUMBER)
    late = [world.asks(), world.asks(timing="batched")]
    works = [NotificationsWork(world.room, world.tenant) for _ in range(3)]
    await look_up(late, works[0])
    await world.hears(a_purge(world))
    for command in late:
        await notify_resident(command, works[0])
    await end(works[1], "mom-1", ALICE)
    reading: Any = SimpleNamespace(data=a_reading(world))
    await remember_reading_on_conversation_read(reading, works[2])

    for work in works:
        with pytest.raises(DuplicateKeyError):
            await committed(world.room, work)
    await world.hears(*late)
    await world.sends()

    assert await holds_nothing_of(world) and world.texts_to(NUMBER) == []
    account = await world.balance()
    assert account.balanced and account.asked == account.outcomes["suppressed"] == 2


async def test_a_refused_command_about_the_moment_goes_and_others_stay(world: World) -> None:
    for moment in ("mom-1", "mom-2"):
        await world.hears(world.asks(moment, moment_id=moment))
        await world.hears(world.asks(moment, moment_id=moment, category="reminder"))

    await world.hears(a_purge(world))

    (left,) = await world.room.database["parked"].find().to_list(None)
    assert b"mom-2" in left["value"] and await holds_nothing_of(world)
    (answer,) = await said(world.room, PurgeAnswered)
    assert {row.collection: row.count for row in answer.deleted}["parked"] == 1
