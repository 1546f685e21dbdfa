"""The audit log: everything is kept, searched by who may, and shown to the resident it is about."""

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from chassis.changes import Changes
from chassis.handling import Handling
from chassis.http.paging import After
from chassis.reactions import Heard
from chassis.testing import NOON, UNIT, a_record, a_room, a_tenant, an_api, clock_of, said
from contracts.access import Role
from contracts.retention import AccessRecorded
from services.retention.app import SERVICE
from services.retention.store import accesses
from services.retention.store.work import RetentionWork
from services.retention.tests.builders import ADMIN, OTHER_UNIT, PRACTITIONER, an_access
from services.retention.tests.world import Retention

NUMBER = "191212121212"


async def rows(retention: Retention, path: str, headers: dict[str, str]) -> Any:
    answer = await retention.asks(path, headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def auditor(retention: Retention) -> dict[str, str]:
    return await retention.api.as_staff(retention.tenant, ADMIN, Role.CAREGIVER_ADMIN)


@pytest.mark.rule("R333", "R335")
async def test_an_access_says_what_where_when_and_who(retention: Retention) -> None:
    await retention.hears(an_access(), service="moments")

    (row,) = await rows(retention, "/audit?moment=mom-1", await auditor(retention))

    assert row == {
        "at": "2026-11-20T11:00:00Z",
        "service": "moments",
        "action": "moment.opened",
        "actor_kind": "staff",
        "actor_id": PRACTITIONER,
        "unit_id": UNIT,
        "resident_id": "res-1",
        "moment_id": "mom-1",
    }


async def test_five_hundred_accesses_are_one_transaction_and_a_replay_adds_none(retention: Retention) -> None:
    batch = [
        a_record(
            an_access(actor_id=f"{PRACTITIONER}{number % 7}"), tenant=retention.tenant, service="messaging"
        )
        for number in range(500)
    ]
    handling = Counting(retention.api.room, SERVICE.reactions, RetentionWork)

    await handling.handle(batch)
    await handling.handle(batch)
    await handling.handle(batch, look_first=True)

    assert handling.sizes == [500, 500], "the first batch, and its repetition that the inbox refuses"
    assert await retention.api.room.database["accesses"].count_documents({}) == 500


class Counting(Handling):
    """Counts the messages of each transaction it tries."""

    sizes: list[int]

    async def commit(self, messages: Sequence[Heard[Any]], also: Changes | None = None) -> None:
        self.sizes = [*getattr(self, "sizes", ()), len(messages)]
        await super().commit(messages, also)


@pytest.mark.rule("R337")
@pytest.mark.decision("D34")
async def test_after_five_years_the_log_is_still_there(retention: Retention) -> None:
    await retention.hears(an_access(), service="moments")

    clock_of(retention.api.room).advance(timedelta(days=5 * 366))

    assert await rows(retention, "/audit?resident=res-1", await auditor(retention))
    indexes = await retention.api.room.database["accesses"].index_information()
    assert not any("expireAfterSeconds" in index for index in indexes.values())


async def test_the_log_is_searched_by_resident_moment_actor_and_period(retention: Retention) -> None:
    other = f"{PRACTITIONER}9"
    await retention.hears(
        an_access(resident_id="res-1", moment_id="mom-1", at=NOON),
        an_access(resident_id="res-2", moment_id="mom-2", at=NOON + timedelta(hours=1)),
        an_access(resident_id="res-2", moment_id="mom-3", actor_id=other, at=NOON + timedelta(hours=2)),
        service="moments",
    )
    headers = await auditor(retention)

    async def moments(query: str) -> list[str]:
        return [row["moment_id"] for row in await rows(retention, f"/audit?{query}", headers)]

    assert await moments("resident=res-2") == ["mom-3", "mom-2"]
    assert await moments("moment=mom-1") == ["mom-1"]
    assert await moments(f"actor={other}") == ["mom-3"]
    assert await moments("from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z") == ["mom-2"]
    assert (await retention.asks("/audit?from=2026-11-20T12:00:00", headers)).status_code == 422


async def test_a_period_may_reach_the_ends_of_the_calendar_and_not_beyond(retention: Retention) -> None:
    await retention.hears(an_access(), service="moments")
    headers = await auditor(retention)
    ends = "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z"

    assert len(await rows(retention, f"/audit?{ends}", headers)) == 1
    for beyond in ("from=0001-01-01T00:00:00%2B23:59", "to=9999-12-31T23:59:59-14:00"):
        refused = await retention.asks(f"/audit?{beyond}", headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), beyond


async def test_a_search_of_the_log_stands_in_the_log(retention: Retention) -> None:
    await rows(retention, "/audit?resident=res-1", await auditor(retention))
    searched = await said(retention.api.room, AccessRecorded)

    await retention.hears(*searched, service="retention")

    (row,) = await rows(retention, "/audit?resident=res-1", await auditor(retention))
    assert (row["action"], row["actor_id"], row["service"]) == ("audit.searched", ADMIN, "retention")


@pytest.mark.rule("R335")
async def test_whoever_stands_in_a_list_has_been_accessed(retention: Retention) -> None:
    await retention.has_ended("mom-1", resident="res-1")
    await retention.has_ended("mom-2", resident="res-2")
    await retention.purges("mom-2")

    await retention.asks("/ended-moments")
    await retention.asks("/purges")

    assert {
        (record.action, record.resident_id, record.moment_id)
        for record in await said(retention.api.room, AccessRecorded)
        if record.action.endswith("listed")
    } == {
        ("ended_moments.listed", "res-1", "mom-1"),
        ("ended_moments.listed", "res-2", "mom-2"),
        ("purges.listed", "res-2", "mom-2"),
    }


@pytest.mark.rule("R333", "R335")
async def test_a_list_that_shows_nobody_is_an_access_too(retention: Retention) -> None:
    await retention.asks("/ended-moments?older_than_days=365")
    await retention.asks("/purges?status=late")

    assert [
        (record.action, record.actor_id, record.unit_id, record.resident_id, record.moment_id)
        for record in await said(retention.api.room, AccessRecorded)
    ] == [(action, ADMIN, UNIT, None, None) for action in ("ended_moments.listed", "purges.listed")]


async def test_an_auditor_sees_the_unit_and_the_regions_administrator_all(
    mongo_url: str, tenant: str
) -> None:
    region = a_tenant(tenant, administrators=frozenset({ADMIN}))
    async with a_room(mongo_url, SERVICE, region) as room, an_api(SERVICE, room) as api:
        batch = [an_access(), an_access(unit_id=OTHER_UNIT), an_access(unit_id=None, actor_kind="resident")]
        handling = Handling(room, SERVICE.reactions, RetentionWork)
        await handling.handle([a_record(each, tenant=tenant, service="flags") for each in batch])

        of_unit = await api.as_staff(tenant, PRACTITIONER, Role.CAREGIVER_ADMIN)
        of_region = api.headers(tenant, {"sub": ADMIN, "employeeHsaId": ADMIN})

        assert len((await api.http.get("/audit", headers=of_unit)).json()["items"]) == 1
        assert len((await api.http.get("/audit", headers=of_region)).json()["items"]) == 3


async def test_another_region_sees_nothing_of_the_log(retention: Retention) -> None:
    await retention.hears(an_access(), service="moments")
    elsewhere = await retention.api.as_staff("other", ADMIN, Role.CAREGIVER_ADMIN)

    assert await rows(retention, "/audit?resident=res-1", elsewhere) == []


async def test_practitioners_do_not_see_the_log(retention: Retention) -> None:
    practitioner = await retention.api.as_staff(retention.tenant, PRACTITIONER, Role.PRACTITIONER)

    assert (await retention.asks("/audit", practitioner)).status_code == 403


@pytest.mark.rule("R338")
async def test_residents_see_unit_and_time_of_accesses_to_their_own_data(retention: Retention) -> None:
    me = retention.api.room.pseudonyms.resident_id(retention.tenant, NUMBER)
    await retention.hears(an_access(resident_id=me), an_access(resident_id="res-2"), service="messaging")

    headers = retention.api.as_resident(retention.tenant, NUMBER)
    answer = await retention.asks("/me/access-log?limit=1", headers)

    assert answer.json()["items"] == [
        {"at": "2026-11-20T11:00:00Z", "action": "moment.opened", "actor_kind": "staff", "unit_id": UNIT}
    ]
    assert PRACTITIONER not in answer.text
    (own,) = await said(retention.api.room, AccessRecorded)
    assert (own.action, own.actor_kind, own.resident_id) == ("access_log.opened", "resident", me)


async def test_the_log_is_paged_without_gaps_or_repeats_and_cursors_name_nobody(retention: Retention) -> None:
    me = retention.api.room.pseudonyms.resident_id(retention.tenant, NUMBER)
    await retention.hears(
        *(an_access(resident_id=me, action=f"look.{number}") for number in range(7)), service="messaging"
    )
    headers = retention.api.as_resident(retention.tenant, NUMBER)

    seen, cursor = [], ""
    while cursor is not None:
        page = (await retention.asks(f"/me/access-log?limit=3{cursor}", headers)).json()
        seen += [row["action"] for row in page["items"]]
        assert PRACTITIONER not in decoded(page["next"])
        cursor = page["next"] and f"&cursor={page['next']}"

    assert seen == [f"look.{number}" for number in reversed(range(7))]


def decoded(cursor: str | None) -> str:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode() if cursor else ""


async def test_every_question_of_the_log_has_an_index(retention: Retention) -> None:
    await retention.hears(*(an_access(resident_id=f"res-{n}") for n in range(50)), service="moments")
    rows_ = retention.api.room.database["accesses"]

    for question, index in {
        "resident_id": "by_resident_newest_first",
        "moment_id": "by_moment_newest_first",
        "actor_id": "by_actor_newest_first",
        "unit_id": "by_unit_newest_first",
    }.items():
        where = {"tenant": retention.tenant, question: "x"}
        plan = await rows_.find(where).sort([("at", -1), ("_id", -1)]).limit(50).explain()
        assert index in str(plan["queryPlanner"]["winningPlan"])
        assert "'SORT'" not in str(plan["queryPlanner"]["winningPlan"])


async def test_a_late_page_of_the_log_reads_no_more_than_the_first(retention: Retention) -> None:
    await retention.hears(
        *(an_access(action=f"look.{n}", at=NOON - timedelta(minutes=n)) for n in range(200)),
        service="moments",
    )
    work = RetentionWork(retention.api.room, retention.tenant)
    after = After(NOON - timedelta(minutes=150), "m")

    page = await accesses.search(work, {"resident_id": "res-1"}, after=after, limit=20)

    assert [row["action"] for row in page][:2] == ["look.150", "look.151"]
    plan = await accesses.cursor_of(work, {"resident_id": "res-1"}, after=after, limit=20).explain()
    assert plan["executionStats"]["totalKeysExamined"] <= 25
