"""What a publisher has approved a version for is asked at every start, not only when a unit activates it."""

import httpx
import pytest

from services.moments.tests.test_definitions import SMALL
from services.moments.tests.test_open_programs import offered, opens, starts_alone
from services.moments.tests.test_release_chain import releases, tab
from services.moments.tests.world import EVA, IVAR, OLGA, PELLE, World

OWN, OTHERS = "2321000131", "5560001111"


async def approves(world: World, *care_givers: str) -> None:
    path = "/programs/prov/versions/1.0/publish"
    response = await world.call("POST", path, world.staff(IVAR), {"care_givers": care_givers})
    assert response.status_code == 200, response.text


def told(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.rule("R32", "R35")
async def test_a_care_giver_that_is_left_out_starts_it_no_more_and_what_runs_goes_on(world: World) -> None:
    await releases(world, SMALL, "1.0")
    moment = await world.started(OLGA, program="prov")

    await approves(world, OTHERS)

    assert told(await world.starts(PELLE, "prov")) == (409, "program-not-approved")
    assert (await world.reads(f"/moments/{moment}"))["state"] == "ongoing"
    assert [await tab(world, which) for which in ("active", "available")] == [["tobakshjalpen@9.0"], []]
    await approves(world, OWN, OTHERS)
    assert await tab(world, "active") == ["prov@1.0", "tobakshjalpen@9.0"]
    assert (await world.starts(PELLE, "prov")).status_code == 201


@pytest.mark.rule("R32", "R25")
async def test_residents_start_nothing_alone_at_a_care_giver_that_is_left_out(world: World) -> None:
    await opens(world)
    before = await offered(world)

    await approves(world, OTHERS)
    opened = await world.call("PUT", "/programs/prov/openness", world.staff(EVA), {})

    assert (before, await offered(world)) == (["Prov"], [])
    assert told(await starts_alone(world)) == (404, "program-not-offered")
    assert told(opened) == (409, "program-not-approved")
