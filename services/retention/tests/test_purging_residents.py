"""Whether the resident goes with the moment: moments is asked first, and the others only of one who goes."""

import pytest

from contracts.registry import CARE_SERVICES
from services.retention.tests.builders import MOMENT, answered, started
from services.retention.tests.world import Retention


async def test_while_the_resident_has_another_moment_only_the_moment_is_purged(retention: Retention) -> None:
    await retention.has_ended()
    await retention.hears(started("mom-2"))
    await retention.purges()

    await retention.is_answered((await retention.asked())[0], remains=True)

    assert [asked.scope for asked in await retention.asked()] == ["moment"]
    purges = (await retention.asks("/purges?status=completed")).json()["items"]
    assert [purge["moment_id"] for purge in purges] == [MOMENT]


@pytest.mark.rule("R308")
async def test_a_moment_started_while_a_service_is_away_keeps_what_is_held_of_the_resident(
    retention: Retention,
) -> None:
    await retention.has_ended()
    await retention.purges()
    (asked,) = await retention.asked()
    await retention.is_answered(asked, ("moments", "messaging", "flags"))

    await retention.hears(started("mom-2"))
    await retention.is_answered(asked, ("moments",), remains=True)
    await retention.is_answered(asked, ("notifications",))

    assert [asked.scope for asked in await retention.asked()] == ["moment"]
    (purge,) = (await retention.asks("/purges")).json()["items"]
    assert (purge["status"], purge["scope"]) == ("completed", "moment")


@pytest.mark.rule("R308")
async def test_a_moment_that_retention_has_not_heard_of_keeps_what_every_service_holds_of_the_resident(
    retention: Retention,
) -> None:
    await retention.has_ended()
    await retention.purges()
    await retention.is_answered((await retention.asked())[0])

    await retention.is_answered((await retention.asked())[1], remains=True)

    assert [each.services for each in await retention.asked()][1:] == [["moments"]]
    (purge,) = (await retention.asks("/purges")).json()["items"]
    assert (purge["status"], purge["scope"]) == ("completed", "resident")


@pytest.mark.parametrize("remains", [True, False])
async def test_a_purge_that_had_asked_everybody_for_the_resident_at_once_is_completed(
    retention: Retention, remains: bool
) -> None:
    await retention.has_ended()
    await retention.purges()
    await retention.is_answered((await retention.asked())[0])
    before = (await retention.asked())[1].model_copy(update={"services": None})
    await retention.api.room.database["purges"].update_one({}, {"$unset": {"asked": 1}})

    await retention.is_answered(before, ("notifications", "flags"))
    await retention.is_answered(before, ("moments",), remains=remains)
    await retention.is_answered(before, ("messaging",))

    (purge,) = (await retention.asks("/purges")).json()["items"]
    assert purge["status"] == "completed"
    assert len(await retention.asked()) == 2


async def test_two_last_moments_purged_side_by_side_take_the_resident_with_them(retention: Retention) -> None:
    await retention.has_ended()
    await retention.has_ended("mom-2")
    await retention.purges()
    await retention.purges("mom-2", key="key-2")
    first, second = await retention.asked()

    for service in CARE_SERVICES:
        # Each service still held the other moment when it counted.
        await retention.hears(
            answered(first, service, remains=True), answered(second, service, remains=True), service=service
        )

    one, other = (await retention.asked())[2:]
    # The one is answered before moments has deleted the other moment, the other afterwards.
    await retention.is_answered(one, remains=True)
    await retention.is_answered(other)
    last = (await retention.asked())[-1]
    await retention.is_answered(last)

    assert [(each.scope, each.services) for each in (one, other, last)] == [
        ("resident", ["moments"]),
        ("resident", ["moments"]),
        ("resident", ["flags", "messaging", "notifications"]),
    ]
    assert last.purge_id == other.purge_id
    assert {each["status"] for each in (await retention.asks("/purges")).json()["items"]} == {"completed"}
