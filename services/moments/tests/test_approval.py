"""What a publisher has approved a version for is asked at every start and handover, not only when it is activated."""

import httpx
import pytest

from services.moments.directory import StaffEntry, UnitEntry
from services.moments.tests.test_catalogue import PETRA, PRIVATE
from services.moments.tests.test_definitions import SMALL
from services.moments.tests.test_lifecycle_api import hands_over
from services.moments.tests.test_open_programs import offered, opens, starts_alone
from services.moments.tests.test_release_chain import MINOR, applies, releases, tab
from services.moments.tests.world import EVA, IVAR, OLGA, OTHER_UNIT, PELLE, World

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


async def of_two_versions(world: World, text: str, *care_givers: str) -> str:
    """A moment here on the first, and the second, which is for everybody, offered at a unit of each care giver."""
    world.directory.units[PRIVATE] = UnitEntry(PRIVATE, "Närhälsan AB", "Närhälsan AB")
    world.directory.members[PETRA] = StaffEntry(PETRA, "Petra Palm", frozenset({PRIVATE}))
    done = [await world.activates(PRIVATE, PETRA), await world.uploads(text)]
    await approves(world, *care_givers)
    done.append(await world.offers("prov", "1.0"))
    moment = await world.started(OLGA, program="prov")
    done += [await world.uploads(MINOR), await world.publishes("prov", "1.1")]
    done += [await world.offers("prov", "1.1", unit) for unit in (PRIVATE, OTHER_UNIT)]
    assert all(response.is_success for response in done), [response.text for response in done]
    return moment


@pytest.mark.rule("R12", "R32")
@pytest.mark.decision("D29")
@pytest.mark.parametrize(
    ("shared_with", "care_givers"),
    [("region", [OWN]), ("unit", [OWN, OTHERS]), ("care_giver", [OWN, OTHERS])],
)
async def test_no_care_giver_is_handed_over_a_version_that_is_not_for_it(
    world: World, shared_with: str, care_givers: list[str]
) -> None:
    moment = await of_two_versions(world, f"shared_with: {shared_with}\n{SMALL}", *care_givers)

    refused = await hands_over(world, moment, PRIVATE)
    applied = await applies(world, "1.1")
    handed_over = await hands_over(world, moment, PRIVATE, version=2)

    assert told(refused) == (409, "program-not-approved")
    assert "delversion" in refused.json()["text"]
    assert (applied.json()["applied"], handed_over.status_code) == (1, 201)


@pytest.mark.rule("R32", "R35", "R306")
async def test_what_was_approved_is_handed_over_also_when_it_has_been_taken_back(world: World) -> None:
    moment = await of_two_versions(world, SMALL, OWN, OTHERS)
    await world.unpublishes("prov", "1.0")

    handed_over = await hands_over(world, moment, PRIVATE)

    assert handed_over.status_code == 201
    there = await world.reads("/me/moments", world.resident(OLGA))
    assert [each["moment_id"] for each in there] == [handed_over.json()["continued_by_id"]]


@pytest.mark.rule("R32", "R306")
async def test_within_a_care_giver_that_is_left_out_what_runs_is_handed_over(world: World) -> None:
    moment = await of_two_versions(world, SMALL, OWN)
    await approves(world, OTHERS)

    assert (await hands_over(world, moment, OTHER_UNIT)).status_code == 201
