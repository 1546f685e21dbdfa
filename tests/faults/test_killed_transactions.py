"""What a killed process's transaction holds keeps others waiting for seconds, not for a minute."""

import time

import pytest

from chassis.changes import Changes
from chassis.mongo import in_transaction
from chassis.testing import a_room
from tests.chassis.counting import SERVICE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


async def test_what_a_killed_transaction_has_written_can_be_written_again_soon(
    mongo_url: str, tenant: str
) -> None:
    changes = Changes()
    changes.insert("inbox", {"_id": "m1"})
    async with a_room(mongo_url, SERVICE, tenant) as room:
        killed = await room.client.start_session()
        killed.start_transaction()
        await room.database["inbox"].insert_one({"_id": "m1"}, session=killed)
        began = time.monotonic()

        # The killed one neither commits nor aborts: the server does, when its time is up.
        await in_transaction(room.client, lambda session: changes.apply(room.database, session))

        assert time.monotonic() - began < 14.5
        await killed.end_session()
