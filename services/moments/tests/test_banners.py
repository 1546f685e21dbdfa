"""Banners: a unit's and the region's, for a time, to residents or staff."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from chassis.clock import ManualClock
from services.moments.tests.world import (
    ANNA,
    EVA,
    JOHAN,
    KARIN,
    OLGA,
    OTHER_UNIT,
    PELLE,
    UNIT,
    World,
)

# The world begins at 12.00 civil time on 20 November.
CHRISTMAS = {
    "receivers": "residents",
    "text": "Vi har stängt 24 till 26 december.",
    "starts_at": "2026-12-20T08:00:00",
    "ends_at": "2026-12-27T00:00:00",
}
NOW = {**CHRISTMAS, "starts_at": "2026-11-20T12:00:00", "ends_at": None}


async def writes(
    world: World, *, by: str = EVA, unit: str = UNIT, regional: bool = False, key: str = "a", **more: Any
) -> httpx.Response:
    path = "/region/banners" if regional else "/banners"
    return await world.call("POST", path, world.staff(by, unit), {**NOW, **more}, key=key)


async def seen_by_resident(world: World, number: str = OLGA) -> list[str]:
    return [row["text"] for row in await world.reads("/me/banners", world.resident(number))]


async def seen_by_staff(world: World, person: str = ANNA, unit: str = UNIT) -> list[str]:
    return [row["text"] for row in await world.reads("/banners/current", world.staff(person, unit))]


@pytest.mark.rule("R252", "R254", "R373")
@pytest.mark.decision("D38")
async def test_a_banner_is_shown_to_who_has_a_moment_at_the_unit(world: World) -> None:
    await world.started(OLGA)

    response = await writes(world)

    assert response.status_code == 201
    assert await seen_by_resident(world, OLGA) == [NOW["text"]]
    assert await seen_by_resident(world, PELLE) == []
    assert await seen_by_staff(world) == []


@pytest.mark.rule("R253")
@pytest.mark.decision("D38")
async def test_a_banner_stands_from_its_civil_start_to_its_civil_end(world: World) -> None:
    await world.started(OLGA)
    await world.call("POST", "/banners", world.staff(EVA), CHRISTMAS, key="a")
    seen = []

    for at in (
        datetime(2026, 12, 20, 6, 59, tzinfo=UTC),
        datetime(2026, 12, 20, 7, 0, tzinfo=UTC),
        datetime(2026, 12, 26, 22, 59, tzinfo=UTC),
        datetime(2026, 12, 26, 23, 0, tzinfo=UTC),
    ):
        assert isinstance(world.room.clock, ManualClock)
        world.room.clock.reach(at)
        seen.append(len(await seen_by_resident(world)))

    assert seen == [0, 1, 1, 0]


@pytest.mark.decision("D38")
async def test_who_has_no_moment_left_at_the_unit_sees_no_banner(world: World) -> None:
    moment = await world.started(OLGA)
    await writes(world)

    await world.ends(moment)

    assert await seen_by_resident(world) == []


@pytest.mark.rule("R255")
async def test_a_banner_may_be_for_the_staff_of_the_unit(world: World) -> None:
    await writes(world, receivers="staff")

    assert await seen_by_staff(world) == [NOW["text"]]
    assert await seen_by_staff(world, JOHAN, OTHER_UNIT) == []


@pytest.mark.rule("R262")
async def test_the_regions_administrator_writes_to_all_units(world: World) -> None:
    await world.started(OLGA)
    await writes(world, by=KARIN, regional=True, receivers="staff", text="Driftstopp i natt.")
    await writes(world, by=KARIN, regional=True, text="Till alla invånare.", key="b")

    assert (
        await seen_by_staff(world) == await seen_by_staff(world, JOHAN, OTHER_UNIT) == ["Driftstopp i natt."]
    )
    assert await seen_by_resident(world) == ["Till alla invånare."]


@pytest.mark.decision("D37")
async def test_practitioners_write_no_banners_and_units_none_for_the_region(world: World) -> None:
    assert (await writes(world, by=ANNA)).status_code == 403
    assert (await writes(world, by=EVA, regional=True)).status_code == 403


async def test_a_banner_is_written_once_however_often_it_is_sent(world: World) -> None:
    first, again = await writes(world), await writes(world)

    assert first.json() == again.json()
    assert len((await world.reads("/banners", world.staff(EVA)))["items"]) == 1


async def test_a_banner_is_changed_by_who_has_read_it_and_taken_down(world: World) -> None:
    await world.started(OLGA)
    banner = (await writes(world)).json()["banner_id"]
    path, eva = f"/banners/{banner}", world.staff(EVA)

    changed = await world.call("PUT", path, eva, {**NOW, "text": "Nytt."}, version=1)
    stale = await world.call("PUT", path, eva, {**NOW, "text": "Annat."}, version=1)
    seen = await seen_by_resident(world)
    gone = await world.call("DELETE", path, eva)

    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-banner")
    assert (seen, gone.status_code, await seen_by_resident(world)) == (["Nytt."], 204, [])
    assert (await world.call("DELETE", path, eva)).json()["code"] == "banner-not-found"


async def test_no_other_unit_reaches_a_banner(world: World) -> None:
    regional = (await writes(world, by=KARIN, regional=True)).json()["banner_id"]

    response = await world.call("DELETE", f"/banners/{regional}", world.staff(EVA))

    assert (response.status_code, response.json()["code"]) == (404, "banner-not-found")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ends_at": "2026-11-20T12:00:00"}, "banner-ends-before-it-starts"),
        ({"starts_at": "2026-11-20T12:00:00Z"}, "invalid"),
        ({"starts_at": "0001-01-01T00:00:00"}, "invalid"),
        ({"text": " \n"}, "invalid"),
        ({"receivers": "everybody"}, "invalid"),
    ],
)
async def test_what_cannot_be_shown_is_refused(world: World, wrong: dict[str, Any], code: str) -> None:
    response = await writes(world, **wrong)

    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_banners_come_in_pages_latest_start_first(world: World) -> None:
    for day in (1, 3, 2):
        await writes(world, starts_at=f"2026-12-0{day}T08:00:00", text=f"Dag {day}", key=f"k{day}")
    path, seen = "/banners?limit=2", []
    while path:
        page = await world.reads(path, world.staff(EVA))
        seen += [row["text"] for row in page["items"]]
        path = f"/banners?limit=2&cursor={page['next']}" if page["next"] else ""

    assert seen == ["Dag 3", "Dag 2", "Dag 1"]
