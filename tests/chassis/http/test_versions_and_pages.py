"""Entity tags and pages."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import Request, Response
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import StaleError
from chassis.http.etags import RequiredVersion, etag, not_modified
from chassis.http.paging import (
    DEFAULT_LIMIT,
    After,
    Cursor,
    Limit,
    MalformedCursorError,
    Page,
    cursor_after,
    read_cursor,
)
from chassis.http.permissions import Public
from chassis.http.routing import Router
from tests.chassis.http.edge import World, a_world

NAMES = [f"name-{number:03d}" for number in range(120)]


def _router() -> Router:
    router = Router()

    @router.get("/thing", dependencies=[Public()])
    async def see(request: Request, response: Response) -> Any:
        unchanged = not_modified(request, 7)
        if unchanged is not None:
            return unchanged
        response.headers["ETag"] = etag(7)
        return {"version": 7}

    @router.put("/thing", dependencies=[Public()])
    async def change(version: RequiredVersion) -> dict[str, int]:
        if version != 7:
            raise StaleError("Somebody saved first: read it again.")
        return {"version": 8}

    @router.get("/names", dependencies=[Public()])
    async def names(limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[str]:
        after = read_cursor(cursor)
        left = [name for name in NAMES if after is None or (name, name) > (after.key, after.id)]
        page = left[:limit]
        return Page(items=page, next=cursor_after(page[-1], page[-1]) if len(left) > limit else None)

    return router


@pytest.fixture
def world() -> World:
    return a_world()


async def test_a_change_names_the_version_that_was_read(world: World) -> None:
    async with world.api(_router()) as api:
        read = await api.get("/thing")
        changed = await api.put("/thing", headers={"If-Match": read.headers["ETag"]})
        stale = await api.put("/thing", headers={"If-Match": etag(6)})
        unnamed = await api.put("/thing")

    assert (read.headers["ETag"], changed.status_code) == ('"7"', 200)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (unnamed.status_code, unnamed.json()["code"]) == (428, "if-match-required")


@pytest.mark.parametrize(
    "header", ["7", "*", 'W/"7"', '"7", "8"', '"x"', '"-1"', '"07"', "", '"' + "9" * 30 + '"']
)
async def test_an_if_match_that_names_no_version_is_malformed(world: World, header: str) -> None:
    async with world.api(_router()) as api:
        answer = await api.put("/thing", headers={"If-Match": header})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-if-match")


@pytest.mark.parametrize("header", ['"7"', 'W/"7"', '"6", "7"', "*"])
async def test_what_the_caller_has_is_not_sent_again(world: World, header: str) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/thing", headers={"If-None-Match": header})

    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", '"7"')


async def test_what_has_changed_is_sent(world: World) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/thing", headers={"If-None-Match": '"6"'})

    assert answer.status_code == 200


async def test_pages_follow_each_other_to_the_end_without_gap_or_repeat(world: World) -> None:
    seen: list[str] = []
    sizes: list[int] = []
    cursor: dict[str, str] = {}
    async with world.api(_router()) as api:
        while True:
            page = (await api.get("/names", params=cursor)).json()
            seen += page["items"]
            sizes.append(len(page["items"]))
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}

    assert seen == NAMES
    assert sizes == [50, 50, 20]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x"])
async def test_a_page_holds_one_to_two_hundred(world: World, limit: str) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/names", params={"limit": limit})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/limit")


@pytest.mark.parametrize(
    "cursor", ["x", "!!", "", "bnVsbA", "WzFd", "W1tdLCJhIl0", "W3RydWUsImEiXQ", "é", "WzEsMl0"]
)
async def test_a_cursor_that_is_none_of_ours_is_malformed(world: World, cursor: str) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/names", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-cursor")


@given(st.text(), st.text())
def test_a_cursor_says_what_it_was_made_of(key: str, identity: str) -> None:
    after = read_cursor(cursor_after(key, identity))

    assert after is not None
    assert (after.key, after.id) == (key, identity)


@pytest.mark.parametrize(
    "said",
    [
        '[1,"\\ud800"]',
        '["\\udfff","a"]',
        '[99999999999999999999,"a"]',
        '[-9223372036854775809,"a"]',
        '[{"t":"0001-01-01T00:00:00+14:00"},"a"]',
        '[{"t":"9999-12-31T23:59:59-14:00"},"a"]',
        '[{"t":"2026-11-20T12:00:00"},"a"]',
        '[{"t":1},"a"]',
    ],
)
def test_a_cursor_that_no_database_takes_is_malformed(said: str) -> None:
    with pytest.raises(MalformedCursorError):
        read_cursor(urlsafe_b64encode(said.encode()).decode())


def test_a_cursor_of_a_list_in_another_order_is_malformed() -> None:
    cursor = cursor_after("a", "b")

    assert read_cursor(cursor, str, int) == After("a", "b")
    with pytest.raises(MalformedCursorError):
        read_cursor(cursor, datetime)


@given(st.integers(-(2**63), 2**63 - 1) | st.datetimes(timezones=st.just(UTC)))
def test_numbers_and_times_sort_as_themselves(key: int | datetime) -> None:
    after = read_cursor(cursor_after(key, "a"))

    assert after is not None
    assert after.key == key


@given(st.text(max_size=60))
def test_no_cursor_breaks_the_reader(cursor: str) -> None:
    try:
        read_cursor(cursor)
    except MalformedCursorError:
        return
