"""Categories: the unit's own words, the moments that stand in them, and the lists that are filtered by them."""

from typing import Any

import httpx
import pytest

from contracts.access import Role
from services.moments.tests.world import (
    ANNA,
    BJORN,
    EVA,
    HANNA,
    JOHAN,
    OLGA,
    OTHER_UNIT,
    PELLE,
    UNIT,
    World,
    a_world,
)

WAITING, DONE = "Väntar på svar", "Klar för avslut"


async def decides(world: World, *names: str | dict[str, str]) -> list[dict[str, str]]:
    """The unit's categories as they are from now on."""
    wanted = [name if isinstance(name, dict) else {"name": name} for name in names]
    response = await world.call("PUT", "/categories", world.staff(EVA), {"categories": wanted})
    assert response.status_code == 200, response.text
    categories: list[dict[str, str]] = response.json()["categories"]
    return categories


async def puts(
    world: World, moment: str, *categories: str, by: str = ANNA, unit: str = UNIT, version: int = 1
) -> httpx.Response:
    body = {"category_ids": list(categories)}
    path = f"/moments/{moment}/categories"
    return await world.call("PUT", path, world.staff(by, unit), body, version=version)


async def names_of(world: World, moment: str) -> list[str]:
    opened = await world.reads(f"/moments/{moment}")
    return [category["name"] for category in opened["categories"]]


def told(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.rule("R261")
async def test_the_lists_are_filtered_by_the_categories_that_moments_stand_in(world: World) -> None:
    waiting, done = [category["category_id"] for category in await decides(world, WAITING, DONE)]
    olga, pelle = await world.started(OLGA), await world.started(PELLE)
    await puts(world, olga, waiting, done)
    await puts(world, pelle, done)

    async def listed(**wanted: Any) -> list[str]:
        page = await world.call("POST", "/moments/search", world.staff(ANNA), wanted)
        return sorted(row["moment_id"] for row in page.json()["items"])

    assert await listed(category_id=waiting) == [olga]
    assert await listed(category_id=done) == sorted([olga, pelle])
    row = (await world.reads(f"/moments?list=all&category_id={waiting}"))["items"][0]
    assert row["categories"] == [
        {"category_id": waiting, "name": WAITING},
        {"category_id": done, "name": DONE},
    ]
    await puts(world, olga, version=2)
    assert await listed(category_id=waiting) == []
    assert await names_of(world, olga) == []


@pytest.mark.rule("R261")
async def test_a_renamed_category_keeps_its_moments_and_one_that_is_gone_leaves_them(world: World) -> None:
    waiting, done = [category["category_id"] for category in await decides(world, WAITING, DONE)]
    moment = await world.started()
    await puts(world, moment, waiting, done)

    await decides(world, {"category_id": waiting, "name": "Ring upp"}, DONE)
    renamed = await names_of(world, moment)
    await decides(world, DONE)
    left = await names_of(world, moment)
    again = await decides(world, WAITING, DONE)

    assert (renamed, left) == (["Ring upp", DONE], [DONE])
    assert again[0]["category_id"] != waiting
    assert await names_of(world, moment) == [DONE]


async def test_practitioners_and_resident_administrators_of_the_unit_put_moments_in_them(
    world: World,
) -> None:
    (waiting,) = [category["category_id"] for category in await decides(world, WAITING)]
    moment = await world.started()

    by_colleague = await puts(world, moment, waiting, by=BJORN)
    by_administrator = await puts(world, moment, by=EVA, version=2)
    elsewhere = await puts(world, moment, waiting, by=JOHAN, unit=OTHER_UNIT, version=3)
    designer = await puts(world, moment, waiting, by=HANNA, version=3)

    assert (by_colleague.json()["version"], by_administrator.json()["version"]) == (2, 3)
    assert told(elsewhere) == (404, "moment-not-found")
    assert designer.status_code == 403


async def test_a_moment_stands_in_categories_of_its_own_unit_until_it_ends(world: World) -> None:
    (waiting,) = [category["category_id"] for category in await decides(world, WAITING)]
    moment = await world.started()
    theirs = "cat-0000000000000000"

    foreign = await puts(world, moment, waiting, theirs)
    stale = await puts(world, moment, waiting, version=7)
    await world.ends(moment)
    ended = await puts(world, moment, waiting, version=2)

    assert told(foreign) == (422, "no-such-category")
    assert told(stale) == (412, "stale-moment")
    assert told(ended) == (409, "moment-ended")
    unknown = {"categories": [{"category_id": theirs, "name": WAITING}]}
    refused = await world.call("PUT", "/categories", world.staff(EVA), unknown)
    assert told(refused) == (422, "no-such-category")


async def test_what_a_category_is_called_stands_with_the_unit_and_never_with_a_moment(world: World) -> None:
    (waiting,) = [category["category_id"] for category in await decides(world, WAITING)]
    await puts(world, await world.started(), waiting)

    for collection in ("moments", "standings", "timeline", "outbox"):
        found = await world.room.database[collection].find().to_list(None)
        assert found and WAITING not in str(found), collection


async def test_another_units_and_another_regions_categories_do_not_exist(mongo_url: str, tenant: str) -> None:
    other = f"{tenant}x"
    async with a_world(mongo_url, tenant, other) as world:
        await decides(world, WAITING)
        moment = await world.started()

        abroad = await world.api.as_staff(other, ANNA, Role.PRACTITIONER)
        body: dict[str, list[str]] = {"category_ids": []}
        refused = await world.call("PUT", f"/moments/{moment}/categories", abroad, body, version=1)

        seen = [
            await world.reads("/categories", headers) for headers in (world.staff(JOHAN, OTHER_UNIT), abroad)
        ]
        assert seen == [{"categories": []}] * 2
        assert told(refused) == (404, "moment-not-found")
