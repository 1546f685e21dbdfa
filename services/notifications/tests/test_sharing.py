"""A loop that shares its work is watched like one that holds a lease."""

import asyncio
import time

import pytest

from chassis.leases import Lease, Tenure
from chassis.loops import GivenUpError, Loop
from services.notifications.sending.sharing import sharing
from services.notifications.tests.world import World

pytestmark = pytest.mark.timeout(60)


class Failing:
    """Fails whenever it has begun."""

    active = False
    tenure: Tenure | None = None
    progress_at = time.monotonic()

    async def run(self, lease: Lease) -> None:
        with sharing(self):
            raise LookupError


async def test_a_sharing_loop_that_only_fails_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.loops._GIVE_UP_SECONDS", 0.3)
    failing = Failing()

    with pytest.raises(GivenUpError):
        await asyncio.wait_for(Loop("x", failing, Lease(world.room.database, "x", "me", 2)).run(), 15)

    assert not failing.active
