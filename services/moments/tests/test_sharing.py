"""Programs between regions: what a named region gets, what others never see, and what taking back leaves alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from contracts.access import Role
from services.moments.programs.definitions.reading import read_definition
from services.moments.programs.domain.release import Release
from services.moments.programs.domain.sharing import ProgramCodeTooLongError, share
from services.moments.tests.test_definitions import SMALL
from services.moments.tests.test_release_chain import AT, MINOR
from services.moments.tests.world import (
    ANNA,
    CECILIA,
    HANNA,
    IVAR,
    KARIN,
    OLGA,
    PELLE,
    UNIT,
    World,
    an_empty_world,
)


def for_others(text: str) -> str:
    return f"shared_with: regions\n{text}"


@dataclass
class Regions:
    """One that gives, one that receives, one that is never named."""

    giving: World
    receiving: World
    third: World

    async def shares(
        self, version: str, *regions: World, program: str = "prov", by: str = IVAR
    ) -> httpx.Response:
        path = f"/programs/{program}/versions/{version}/regions"
        body = {"regions": [region.tenant for region in regions]}
        return await self.giving.call("PUT", path, self.giving.staff(by), body)

    async def gives(self, text: str, version: str) -> None:
        done = [
            await self.giving.uploads(text),
            await self.giving.publishes("prov", version),
            await self.shares(version, self.receiving),
        ]
        assert all(response.is_success for response in done), [response.text for response in done]

    @property
    def code(self) -> str:
        """What the receiving region calls it."""
        return f"{self.giving.tenant}.prov"


class Elsewhere(World):
    """The same people at work in another region."""

    def staff(self, hsa_id: str, unit: str = UNIT, *, tenant: str | None = None) -> dict[str, str]:
        return super().staff(hsa_id, unit, tenant=tenant or self.tenant)


@pytest.fixture
async def regions(mongo_url: str, tenant: str) -> AsyncIterator[Regions]:
    async with an_empty_world(mongo_url, tenant, f"{tenant}b", f"{tenant}c") as giving:
        worlds = [
            giving,
            *(Elsewhere(giving.api, giving.room, f"{tenant}{n}", giving.directory) for n in "bc"),
        ]
        done = []
        for world in worlds:
            done.append(await world.activates(UNIT, CECILIA))
            for person, role in (
                (ANNA, Role.PRACTITIONER),
                (HANNA, Role.DESIGNER),
                (IVAR, Role.PUBLISHER),
            ):
                done.append(await world.grants(person, role))
            done.append(await world.names(UNIT))
        assert all(response.is_success for response in done), [response.text for response in done]
        yield Regions(*worlds)


async def tab(world: World, which: str) -> list[str]:
    page = await world.reads(f"/programs?list={which}", world.staff(KARIN))
    return [f"{row['program_id']}@{row['version']}" for row in page["items"]]


def told(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def version_of(world: World, moment: str) -> Any:
    return (await world.reads(f"/moments/{moment}"))["program_version"]


@pytest.mark.rule("R38", "R32", "R12")
async def test_a_region_that_is_named_offers_the_program_too(regions: Regions) -> None:
    await regions.gives(for_others(SMALL), "1.0")
    theirs, code = regions.receiving, regions.code

    available = await tab(theirs, "available")
    offered = await theirs.offers(code, "1.0")
    moment = await theirs.started(OLGA, program=code)

    assert (available, offered.status_code) == ([f"{code}@1.0"], 200)
    assert (await theirs.reads(f"/moments/{moment}"))["program_name"] == "Prov"
    read = await theirs.reads(f"/programs/{code}/versions/1.0")
    assert (read["from_region"], read["published_by"]) == (regions.giving.tenant, IVAR)
    assert (await regions.giving.reads("/regions"))[0]["region"] == theirs.tenant


@pytest.mark.rule("R32", "R38")
async def test_a_region_that_is_not_named_sees_nothing(regions: Regions) -> None:
    await regions.gives(for_others(SMALL), "1.0")
    third = regions.third

    reads = [
        await third.call("GET", f"/programs/{code}/versions/1.0", third.staff(KARIN))
        for code in (regions.code, "prov")
    ]

    assert await tab(third, "all") == []
    assert [told(response) for response in reads] == [(404, "program-not-found")] * 2
    assert told(await third.offers(regions.code, "1.0")) == (404, "program-not-found")


async def test_it_takes_the_place_of_no_program_of_the_receiving_region(regions: Regions) -> None:
    await regions.receiving.uploads(SMALL.replace("Ett prov.", "Vårt eget."))
    await regions.gives(for_others(SMALL), "1.0")

    own = await regions.receiving.reads("/programs/prov/versions/1.0")

    assert (own["summary"], own["from_region"]) == ("Vårt eget.", None)
    assert set(await tab(regions.receiving, "all")) == {"prov@1.0", f"{regions.code}@1.0"}


@pytest.mark.rule("R38", "R35")
async def test_taken_back_nothing_more_is_started_and_what_runs_goes_on(regions: Regions) -> None:
    await regions.gives(for_others(SMALL), "1.0")
    theirs, code = regions.receiving, regions.code
    await theirs.offers(code, "1.0")
    moment = await theirs.started(OLGA, program=code)

    await regions.shares("1.0")
    refused = await theirs.starts(PELLE, code)
    gone = await tab(theirs, "unpublished")
    await regions.shares("1.0", theirs)

    assert told(refused) == (409, "program-unpublished")
    assert gone == [f"{code}@1.0"]
    assert (await theirs.reads(f"/moments/{moment}"))["state"] == "ongoing"
    assert (await theirs.starts(PELLE, code)).status_code == 201


@pytest.mark.rule("R38")
async def test_unpublished_where_it_comes_from_it_is_unpublished_everywhere(regions: Regions) -> None:
    await regions.gives(for_others(SMALL), "1.0")
    theirs, code = regions.receiving, regions.code

    await regions.giving.unpublishes("prov", "1.0")
    refused = await theirs.offers(code, "1.0")
    await regions.giving.publishes("prov", "1.0")

    assert told(refused) == (409, "program-unpublished")
    assert (await theirs.offers(code, "1.0")).status_code == 200


@pytest.mark.rule("R38", "R36")
async def test_a_minor_version_is_applied_there_and_a_major_one_reaches_new_moments(
    regions: Regions,
) -> None:
    theirs, code = regions.receiving, regions.code
    await regions.gives(for_others(SMALL), "1.0")
    await theirs.offers(code, "1.0")
    moment = await theirs.started(OLGA, program=code)
    await regions.gives(for_others(MINOR), "1.1")
    await regions.gives(for_others(SMALL.replace('"1.0"', '"2.0"')), "2.0")

    before = await version_of(theirs, moment)
    path = f"/units/{UNIT}/programs/{code}/apply-minor"
    applied = await theirs.call("POST", path, theirs.staff(KARIN), {"version": "1.1"})
    major = await theirs.call("POST", path, theirs.staff(KARIN), {"version": "2.0"})
    await theirs.offers(code, "2.0")

    assert (applied.json()["applied"], major.json()["applied"]) == (1, 0)
    assert (before, await version_of(theirs, moment)) == ("1.0", "1.1")
    assert await version_of(theirs, await theirs.started(PELLE, program=code)) == "2.0"


@pytest.mark.rule("R10", "R38")
async def test_the_receiving_region_neither_publishes_nor_shares_what_is_not_its_own(
    regions: Regions,
) -> None:
    await regions.gives(for_others(SMALL), "1.0")
    theirs, path = regions.receiving, f"/programs/{regions.code}/versions/1.0"

    answers = [
        await theirs.call("POST", f"{path}/publish", theirs.staff(IVAR)),
        await theirs.call("POST", f"{path}/unpublish", theirs.staff(IVAR)),
        await theirs.call("PUT", f"{path}/regions", theirs.staff(IVAR), {"regions": [regions.third.tenant]}),
    ]

    assert [told(answer) for answer in answers] == [(409, "program-received")] * 3


@pytest.mark.rule("R12")
async def test_only_a_program_whose_rights_allow_it_is_shared_and_only_when_published(
    regions: Regions,
) -> None:
    await regions.giving.uploads(SMALL)
    await regions.giving.publishes("prov", "1.0")
    await regions.giving.uploads(for_others(SMALL.replace('"1.0"', '"2.0"')))

    own, early = await regions.shares("1.0", regions.third), await regions.shares("2.0", regions.third)

    assert told(own) == (409, "program-not-for-others")
    assert told(early) == (409, "program-not-published")
    assert await tab(regions.third, "all") == []


async def test_a_program_is_shared_with_other_regions_that_there_are_by_a_publisher(regions: Regions) -> None:
    await regions.gives(for_others(SMALL), "1.0")
    path, ivar = "/programs/prov/versions/1.0/regions", regions.giving.staff(IVAR)

    itself = await regions.shares("1.0", regions.giving)
    nowhere = await regions.giving.call("PUT", path, ivar, {"regions": ["ingenstans"]})

    assert [told(answer) for answer in (itself, nowhere)] == [(422, "no-such-region")] * 2
    assert (await regions.shares("1.0", regions.third, by=HANNA)).status_code == 403


def test_a_code_too_long_to_be_told_of_in_another_region_is_not_shared() -> None:
    program = read_definition(for_others(SMALL.replace("program: prov", f"program: {'p' * 61}")))
    release = Release(program.id, program, UNIT, uploaded_by=HANNA, uploaded_at=AT)
    release.publish(None, by=IVAR, at=AT)

    with pytest.raises(ProgramCodeTooLongError):
        share(release, ["rjl"], within="vgr")


async def test_the_region_that_receives_a_program_hears_its_texts_on_its_own_stream(regions: Regions) -> None:
    rule = '{kind: follow_up, module: sedan, heading: "Prov, hur har det gått?", text: Svara på frågorna.}'
    await regions.gives(for_others(f"{SMALL}flags:\n  - {rule}\n"), "1.0")

    outbox = regions.giving.room.database["outbox"].find({"key": {"$regex": "^txt-"}})
    topics = {row["topic"] async for row in outbox}
    assert topics == {f"{region.tenant}.moments.text.v1" for region in (regions.giving, regions.receiving)}
