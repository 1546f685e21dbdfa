"""A worker is killed at each step of sending and of flushing: nothing is lost, nothing is doubled, all adds up."""

import asyncio
from contextlib import suppress
from datetime import date

import pytest

from chassis.committer import Committer
from chassis.timers import Timers
from services.notifications.app import SERVICE
from services.notifications.sending.flushing import Flushing
from services.notifications.store.flushes import Flushes
from services.notifications.tests.dying import Fuse, KilledError, Mortal, mortal, mortal_work
from services.notifications.tests.world import World, a_mobile, a_resident
from services.notifications.work import NotificationsWork

ALICE_NUMBER, UNIT = "199001029827", "SE2321000131-E000000000001"
YESTERDAY = date(2026, 11, 20)


async def killed_while_sending(world: World, identity: str, at: int) -> Fuse:
    """Attempt one sending and die at a step of it."""
    fuse = Fuse(at)
    committer = Committer(world.room.client, world.room.database)
    sender = world.sender(
        store=Mortal(world.store, fuse),
        providers={name: Mortal(provider, fuse) for name, provider in world.providers.items()},
        commit=mortal(committer.commit, fuse),
    )
    with suppress(KilledError):
        await sender.attempt(identity)
    return fuse


async def test_a_sender_killed_at_any_step_has_delivered_the_entry_once_in_the_end(world: World) -> None:
    world.delivers_to_1177()
    alice = await world.logs_in(ALICE_NUMBER)
    burnt = 0
    while True:
        await world.hears(world.asks(f"k{burnt}", recipient_id=alice, unit_id=UNIT))
        due = (await world.entries())[-1]
        fuse = await killed_while_sending(world, due["_id"], burnt)
        if not fuse.burnt:
            break
        burnt += 1

    await world.sends()

    assert burnt >= 8
    references = [row["reference"] for row in world.delivered_to(ALICE_NUMBER)]
    assert len(references) == len(set(references)) == burnt + 1
    account = await world.balance()
    assert account.balanced and account.channels["inbox"] == {"sent": burnt + 1}


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_a_sender_killed_at_any_step_has_sent_once_in_the_end(world: World, channel: str) -> None:
    burnt = 0
    while True:
        resident = a_resident(burnt)
        to = a_mobile(burnt) if channel == "sms" else f"r{burnt}@example.se"
        await world.has_on(resident, **{channel: to})
        await world.hears(world.asks(recipient_id=resident))
        due = [s["_id"] for s in await world.sendings() if s["resident"] == resident]
        fuse = await killed_while_sending(world, due[0], burnt)
        if not fuse.burnt:
            break
        burnt += 1

    await world.sends()

    assert burnt >= 8
    for number in range(burnt + 1):
        reached = (
            world.texts_to(a_mobile(number)) if channel == "sms" else world.mails_to(f"r{number}@example.se")
        )
        assert len(reached) == 1, f"killed at step {number}: {len(reached)}"
    account = await world.balance()
    assert account.balanced and account.outcomes["sent"] == burnt + 1


async def killed_while_flushing(world: World, at: int) -> Fuse:
    fuse = Fuse(at)
    flushing = Flushing(
        world.room,
        Mortal(Flushes(world.room.database), fuse),  # type: ignore[arg-type]
        work_of=mortal_work(fuse),
        part=5,
    )
    with suppress(KilledError):
        await flushing.flush_next(lease=0.0)
    return fuse


@pytest.mark.rule("R182")
async def test_a_flush_killed_at_any_step_tells_everybody_once_in_the_end(world: World) -> None:
    residents = 6
    for number in range(residents):
        await world.has_on(a_resident(number), sms=a_mobile(number), email=f"r{number}@example.se")
    await world.hears(
        *(
            world.asks(f"k{n}", timing="batched", recipient_id=a_resident(n % residents))
            for n in range(residents * 3)
        )
    )
    world.passes(days=1)
    await Timers(world.room, SERVICE.on_time, NotificationsWork).fire_due()

    # Each is killed one step later than the one before, and goes on with what that one left.
    burnt = 0
    while (await killed_while_flushing(world, burnt)).burnt:
        burnt += 1
        assert (await world.balance(YESTERDAY)).balanced
    await world.flushes()
    await world.sends()

    assert burnt >= 8
    for number in range(residents):
        assert len(world.texts_to(a_mobile(number))) == 1
        assert len(world.mails_to(f"r{number}@example.se")) == 1
    account = await world.balance(YESTERDAY)
    assert account.balanced and account.outcomes["digested"] == residents * 3
    assert account.digests == {"sent": residents * 2}
    assert account.channels["sms"] == account.channels["email"] == {"digested": residents * 3}


async def test_senders_cancelled_in_the_middle_leave_nothing_lost_and_nothing_doubled(world: World) -> None:
    await world.has_on(a_resident(), sms=a_mobile())
    await world.hears(*(world.asks() for _ in range(60)))

    for milliseconds in (5, 15, 30, 45, 60, 80):
        worker = asyncio.create_task(world.posting().work_off())
        await asyncio.wait([worker], timeout=milliseconds / 1000)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    await world.sends()

    assert len(world.texts_to(a_mobile())) == 60
    account = await world.balance()
    assert account.balanced and account.outcomes["sent"] == 60


async def test_what_comes_for_a_window_while_it_is_flushed_is_not_deleted_unseen(world: World) -> None:
    await world.has_on(a_resident(1), sms=a_mobile(1))
    await world.has_on(a_resident(2), sms=a_mobile(2))
    await world.has_on(a_resident(3), sms=a_mobile(3))
    asked_at = world.room.clock.now()
    await world.hears(*(world.asks(timing="batched", recipient_id=a_resident(n)) for n in (1, 3, 1, 3)))
    world.passes(hours=21)
    await Timers(world.room, SERVICE.on_time, NotificationsWork).fire_due()
    late = [world.asks(timing="batched", recipient_id=a_resident(2), asked_at=asked_at) for _ in range(3)]

    class Interrupted(NotificationsWork):
        async def finish(self):  # type: ignore[no-untyped-def]
            # The part has been read and is not yet deleted.
            if late:
                await world.hears(late.pop())
            return await super().finish()

    await Flushing(world.room, Flushes(world.room.database), work_of=Interrupted).flush_next()
    await world.batch_hour()
    await world.sends()

    assert [len(world.texts_to(a_mobile(n))) for n in (1, 2, 3)] == [1, 1, 1]
    account = await world.balance(YESTERDAY)
    assert account.balanced and account.outcomes["digested"] == 7
