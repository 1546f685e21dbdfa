"""The list of ended moments."""

from datetime import timedelta

import pytest

from chassis.testing import NOON
from contracts.access import Role
from services.retention.tests.builders import ADMIN, ENDED_AT, OTHER_UNIT, PRACTITIONER, ended, started
from services.retention.tests.world import Retention


@pytest.mark.rule("R304")
async def test_an_ended_moment_is_listed_with_its_age(retention: Retention) -> None:
    await retention.hears(started("mom-1"), started("mom-2"))
    await retention.hears(ended("mom-1"))

    (row,) = (await retention.asks("/ended-moments")).json()["items"]

    assert (row["moment_id"], row["reason"], row["days_since_end"]) == ("mom-1", "completed", 10)
    assert row["purgeable"] is True


@pytest.mark.decision("D5")
async def test_nothing_is_purged_by_itself_however_old(retention: Retention) -> None:
    await retention.has_ended(at=NOON - timedelta(days=4000))

    (row,) = (await retention.asks("/ended-moments?older_than_days=365")).json()["items"]

    assert row["days_since_end"] == 4000
    assert await retention.asked() == []
    assert await retention.api.room.database["timers"].count_documents({}) == 0


async def test_the_list_is_paged_longest_ago_first(retention: Retention) -> None:
    # Two at the same instant among them, so the id decides.
    for number, days in enumerate((3, 1, 2, 2, 5)):
        await retention.has_ended(f"mom-{number}", at=ENDED_AT - timedelta(days=days))

    seen, cursor = [], ""
    while cursor is not None:
        page = (await retention.asks(f"/ended-moments?limit=2{cursor}")).json()
        seen += [row["moment_id"] for row in page["items"]]
        cursor = page["next"] and f"&cursor={page['next']}"

    assert seen == ["mom-4", "mom-0", "mom-2", "mom-3", "mom-1"]


async def test_a_unit_sees_its_own(retention: Retention) -> None:
    await retention.has_ended("mom-1")
    await retention.has_ended("mom-2", unit=OTHER_UNIT)

    own = (await retention.asks("/ended-moments")).json()["items"]
    elsewhere = await retention.api.as_staff(retention.tenant, ADMIN, Role.DATA_ADMIN, unit=OTHER_UNIT)
    others = (await retention.asks("/ended-moments", elsewhere)).json()["items"]

    assert [row["moment_id"] for row in own] == ["mom-1"]
    assert [row["moment_id"] for row in others] == ["mom-2"]


async def test_who_holds_no_role_sees_nothing(retention: Retention) -> None:
    nobody = await retention.api.as_staff(retention.tenant, PRACTITIONER)

    assert (await retention.asks("/ended-moments", nobody)).status_code == 403


async def test_an_end_heard_before_its_start_waits_for_it(retention: Retention) -> None:
    await retention.hears(ended())

    parked = await retention.api.room.database["parked"].find().to_list(None)
    assert [each["error"] for each in parked] == ["not-found"]


async def test_a_cursor_of_something_else_is_refused(retention: Retention) -> None:
    assert (await retention.asks("/ended-moments?cursor=WyJhIiwiYiJd")).status_code == 400


async def test_the_list_and_its_links_have_indexes(retention: Retention) -> None:
    await retention.has_ended()
    moments = retention.api.room.database["moments"]

    linked = {"tenant": retention.tenant, "continues": {"$in": ["mom-1", "mom-2"]}}
    plan = await moments.find(linked).explain()

    assert "by_continued_moment" in str(plan["queryPlanner"]["winningPlan"])
