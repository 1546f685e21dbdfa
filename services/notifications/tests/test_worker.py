"""Whole workers, as the processes run them: they share the work, and stop when they are told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

from chassis.leases import Lease
from chassis.loops import Loop
from chassis.timers import Timers
from services.notifications.app import SERVICE
from services.notifications.settings import NotificationsSettings
from services.notifications.tests.world import PROVIDER_SECONDS, World, a_mobile, a_resident
from services.notifications.work import NotificationsWork
from tests.eventually import eventually


@asynccontextmanager
async def a_worker(world: World, name: str) -> AsyncIterator[None]:
    """All loops of notifications and its timers, until the end; then they are told to stop and do so."""
    told = NotificationsSettings.model_construct(
        provider_seconds=PROVIDER_SECONDS, settle_seconds=1.0, sendings_at_once=8
    )
    runners = {
        "timers": Timers(world.room, SERVICE.on_time, NotificationsWork),
        **SERVICE.loops(replace(world.api_surroundings, settings=told), world.ports),
    }
    database = world.room.database
    loops = [Loop(kind, runner, Lease(database, kind, name, 0.6)) for kind, runner in runners.items()]
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        waiting = [task for task, loop in zip(tasks, loops, strict=True) if loop.runner.active]
        _, late = await asyncio.wait(waiting, timeout=10)
        assert not late
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_two_workers_send_and_flush_together_and_one_goes_on_when_the_other_stops(world: World) -> None:
    await world.has_on(a_resident(1), sms=a_mobile(1))
    await world.has_on(a_resident(2), sms=a_mobile(2), email="bo@example.se")
    async with a_worker(world, "one"):
        async with a_worker(world, "two"):
            await world.hears(*(world.asks(recipient_id=a_resident(1)) for _ in range(20)))
            await eventually(lambda: len(world.texts_to(a_mobile(1))) == 20)
        await world.hears(*(world.asks(timing="batched", recipient_id=a_resident(2)) for _ in range(5)))
        world.passes(days=1)
        await eventually(lambda: world.texts_to(a_mobile(2)) and world.mails_to("bo@example.se"), timeout=20)
        await eventually(lambda: _settled(world))

    assert len(world.texts_to(a_mobile(1))) == 20
    assert len(world.texts_to(a_mobile(2))) == len(world.mails_to("bo@example.se")) == 1
    account = await world.balance(date(2026, 11, 20))
    assert account.balanced and (account.outcomes["sent"], account.outcomes["digested"]) == (20, 5)


async def _settled(world: World) -> bool:
    return await world.open_sendings() == 0
