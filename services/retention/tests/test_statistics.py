"""Statistics: counts of what is held and of what is purged, without anybody in them."""

from datetime import UTC, date, datetime

import pytest

from chassis.testing import a_room, a_tenant, an_api
from services.retention.app import SERVICE
from services.retention.domain.statistics import Lives, summarise
from services.retention.tests.builders import ADMIN, ended, started
from services.retention.tests.world import Retention, a_retention

FIRST, END = date(2026, 11, 1), date(2026, 12, 1)
NOVEMBER = "from=2026-11-01&to=2026-12-01"


@pytest.mark.rule("R327")
def test_the_share_ended_is_ended_divided_by_started() -> None:
    lives = [
        Lives("sova", date(2026, 11, 2), None, 3),
        Lives("sova", date(2026, 11, 3), date(2026, 11, 9), 1),
        Lives("oro", date(2026, 10, 1), date(2026, 11, 10), 2),
    ]

    total, programs = summarise(lives, FIRST, END)

    assert (total.started, total.ended, total.share_ended) == (4, 3, 0.75)
    assert (programs["sova"].share_ended, programs["oro"].share_ended) == (0.25, None)
    assert total.started_by_weekday == [3, 1, 0, 0, 0, 0, 0]
    assert total.ended_by_weekday == [1, 2, 0, 0, 0, 0, 0]


def test_a_moment_is_ongoing_until_the_day_it_ends() -> None:
    lives = [Lives("sova", date(2026, 10, 1), END, 1), Lives("sova", END, None, 1)]

    total, _ = summarise(lives, FIRST, END)

    assert (total.started, total.ended, total.ongoing) == (0, 0, 1)


@pytest.mark.rule("R325")
@pytest.mark.decision("D34")
async def test_purged_moments_are_counted_as_before(mongo_url: str, tenant: str) -> None:
    region = a_tenant(tenant, administrators=frozenset({ADMIN}))
    async with a_room(mongo_url, SERVICE, region) as room, an_api(SERVICE, room) as api:
        retention = a_retention(api, tenant)
        # Half past midnight of the first of November in Sweden is still October in UTC.
        midnight = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
        await retention.hears(started("mom-1"), ended("mom-1", at=midnight), started("mom-2"))
        administrator = api.headers(tenant, {"sub": ADMIN, "employeeHsaId": ADMIN})

        before = (await retention.asks(f"/statistics?{NOVEMBER}", administrator)).json()
        await retention.purges("mom-1")
        await retention.is_answered((await retention.asked())[0], remains=True)
        after = (await retention.asks(f"/statistics?{NOVEMBER}&program=sova", administrator)).json()

        assert (before["total"]["ended"], before["total"]["ongoing"]) == (1, 1)
        assert after == before
        other = (await retention.asks(f"/statistics?{NOVEMBER}&program=oro", administrator)).json()
        assert other["programs"] == []


@pytest.mark.rule("R332")
async def test_administrators_of_the_region_get_statistics_as_csv(mongo_url: str, tenant: str) -> None:
    region = a_tenant(tenant, administrators=frozenset({ADMIN}))
    async with a_room(mongo_url, SERVICE, region) as room, an_api(SERVICE, room) as api:
        retention = a_retention(api, tenant)
        await retention.has_ended()
        administrator = api.headers(tenant, {"sub": ADMIN, "employeeHsaId": ADMIN})

        table = await retention.asks("/statistics.csv?from=2026-01-01&to=2027-01-01", administrator)

        assert table.content == (
            b"\xef\xbb\xbfprogram_id;started;ended;ongoing;share_ended\r\nsova;1;1;0;1,000\r\n"
        )


async def test_a_data_administrator_of_a_unit_gets_no_statistics_of_the_region(retention: Retention) -> None:
    assert (await retention.asks(f"/statistics?{NOVEMBER}")).status_code == 403


async def test_a_period_without_days_is_refused(mongo_url: str, tenant: str) -> None:
    region = a_tenant(tenant, administrators=frozenset({ADMIN}))
    async with a_room(mongo_url, SERVICE, region) as room, an_api(SERVICE, room) as api:
        administrator = api.headers(tenant, {"sub": ADMIN, "employeeHsaId": ADMIN})

        refused = await api.http.get("/statistics?from=2026-11-01&to=2026-11-01", headers=administrator)

        assert (refused.status_code, refused.json()["code"]) == (422, "empty-period")
