"""After a purge nothing names the resident, nothing can be read, and the accounts still balance."""

import asyncio
from datetime import date

from chassis.testing import raw_bytes, said
from contracts.retention import PurgeAnswered, PurgeRequested
from deploy.embedded.behaviour import Mode
from services.notifications.tests.test_batches import a_reading
from services.notifications.tests.world import World, a_mobile, a_resident
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


async def test_a_resident_with_another_moment_keeps_their_choices(world: World) -> None:
    await with_a_history(world)
    await world.hears(a_purge(world))

    await world.hears(a_purge(world, "resident"))

    answer = (await said(world.room, PurgeAnswered))[-1]
    assert answer.resident_remains and not answer.key_destroyed
    await world.hears(world.asks(moment_id="mom-2"))
    await world.sends()
    assert len(world.texts_to(NUMBER)) == 4


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
