"""The release chain: who gets which version of a program, and what reaches moments that run."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.testing import committed, said
from chassis.work import Actor
from contracts.access import Role
from contracts.moments import ProgramVersionApplied
from services.moments.programs.definitions.reading import read_definition
from services.moments.programs.domain.release import (
    MinorBreaksProgramError,
    ProgramNotApprovedError,
    Release,
)
from services.moments.programs.usecases.apply_minor import ApplyMinor, apply_to, find_behind
from services.moments.tests.test_definitions import SMALL
from services.moments.tests.world import (
    ANNA,
    HANNA,
    IVAR,
    JOHAN,
    KARIN,
    KLARA,
    OLGA,
    OTHER_UNIT,
    PELLE,
    UNIT,
    World,
)
from services.moments.work import MomentsWork

AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
ELSEWHERE = "SE5560001111-E000000000009"
MINOR = SMALL.replace('"1.0"', '"1.1"').replace(
    "  - code: sedan",
    """\
      - code: nytt
        name: Nytt
  - code: mitt
    name: Mitt emellan
    steps:
      - code: ett
        name: Ett
  - code: sedan""",
)
FEWER = SMALL.replace('"1.0"', '"1.1"').replace(
    "      - code: dolt\n        name: Dolt\n        visible: false\n", ""
)


def a_release(text: str = SMALL, unit: str = UNIT) -> Release:
    return Release("prov@1.0", read_definition(text), unit, uploaded_by=HANNA, uploaded_at=AT)


async def releases(world: World, text: str, version: str) -> None:
    done = [
        await world.uploads(text),
        await world.publishes("prov", version),
        await world.offers("prov", version),
    ]
    assert all(response.is_success for response in done), [response.text for response in done]


async def tab(world: World, which: str, unit: str = UNIT) -> list[str]:
    page = await world.reads(f"/programs?list={which}&unit_id={unit}", world.staff(KARIN))
    return [f"{row['program_id']}@{row['version']}" for row in page["items"]]


async def applies(world: World, version: str = "1.1", *, limit: int = 200, by: str = KARIN) -> Any:
    path = f"/units/{UNIT}/programs/prov/apply-minor"
    return await world.call("POST", path, world.staff(by), {"version": version, "limit": limit})


@pytest.mark.rule("R12")
@pytest.mark.parametrize(
    ("shared_with", "may"),
    [
        ("unit", [True, False, False]),
        ("care_giver", [True, True, False]),
        ("region", [True, True, True]),
        ("regions", [True, True, True]),
    ],
)
def test_a_program_states_who_may_use_it(shared_with: str, may: list[bool]) -> None:
    release = a_release(f"shared_with: {shared_with}\n{SMALL}")
    release.publish(None, by=IVAR, at=AT)

    def fits(unit: str) -> bool:
        try:
            release.must_be_for(unit)
        except ProgramNotApprovedError:
            return False
        return True

    assert [fits(unit) for unit in (UNIT, OTHER_UNIT, ELSEWHERE)] == may


@pytest.mark.rule("R32")
async def test_the_publisher_decides_which_care_givers_get_it(world: World) -> None:
    await world.uploads(SMALL)
    path = "/programs/prov/versions/1.0/publish"
    await world.call("POST", path, world.staff(IVAR), {"care_givers": ["5560001111"]})
    refused, hidden = await world.offers("prov", "1.0"), await tab(world, "available")

    approved = await world.call("POST", path, world.staff(IVAR), {"care_givers": ["2321000131"]})

    assert (refused.status_code, refused.json()["code"]) == (409, "program-not-approved")
    assert (hidden, await tab(world, "available")) == ([], ["prov@1.0"])
    assert approved.json()["approved_for"] == ["2321000131"]
    assert (await world.offers("prov", "1.0")).status_code == 200


@pytest.mark.rule("R35")
async def test_the_administrators_tabs_are_all_available_active_and_unpublished(world: World) -> None:
    await releases(world, SMALL, "1.0")
    await world.uploads(SMALL.replace('"1.0"', '"2.0"'))
    await world.publishes("prov", "2.0")
    await world.uploads(SMALL.replace('"1.0"', '"3.0"'))
    await world.unpublishes("tobakshjalpen", "9.0")

    found = {which: await tab(world, which) for which in ("all", "available", "active", "unpublished")}

    assert found == {
        "all": ["prov@1.0", "prov@2.0", "prov@3.0", "tobakshjalpen@9.0"],
        "available": ["prov@2.0"],
        "active": ["prov@1.0"],
        "unpublished": ["tobakshjalpen@9.0"],
    }
    assert await tab(world, "available", OTHER_UNIT) == ["prov@1.0", "prov@2.0"]


@pytest.mark.rule("R35")
async def test_an_unpublished_version_is_not_started_and_what_runs_goes_on(world: World) -> None:
    moment = await world.started(OLGA)
    await world.unpublishes("tobakshjalpen", "9.0")

    refused, offered = await world.starts(PELLE), await world.offers("tobakshjalpen", "9.0")

    assert {(r.status_code, r.json()["code"]) for r in (refused, offered)} == {(409, "program-unpublished")}
    assert (await world.reads(f"/moments/{moment}"))["state"] == "ongoing"
    await world.publishes("tobakshjalpen", "9.0")
    assert (await world.starts(PELLE)).status_code == 201


@pytest.mark.rule("R10")
async def test_a_program_has_an_owner_and_a_publisher_who_answers_for_it(world: World) -> None:
    await releases(world, SMALL, "1.0")

    program = await world.reads("/programs/prov/versions/1.0")

    assert (program["owner_unit_id"], program["published_by"]) == (UNIT, IVAR)


@pytest.mark.rule("R10")
async def test_no_other_unit_uploads_a_version_of_it(world: World) -> None:
    await world.uploads(SMALL)

    await world.grants(JOHAN, Role.DESIGNER, unit=OTHER_UNIT, by=KLARA)
    headers = {**world.staff(JOHAN, OTHER_UNIT), "Content-Type": "application/yaml"}
    response = await world.api.http.post("/programs", headers=headers, content=MINOR.encode())

    assert (response.status_code, response.json()["code"]) == (409, "program-owned-elsewhere")


@pytest.mark.decision("D29")
def test_a_minor_version_keeps_what_earlier_moments_stand_on() -> None:
    earlier, later = a_release(), a_release(FEWER)

    with pytest.raises(MinorBreaksProgramError) as refused:
        later.must_keep(earlier)
    assert refused.value.fields["lost"] == "sedan/dolt"
    a_release(MINOR).must_keep(earlier)


@pytest.mark.decision("D29")
async def test_a_minor_version_that_lacks_something_is_not_published(world: World) -> None:
    await releases(world, SMALL, "1.0")
    await world.uploads(FEWER)
    await world.uploads(FEWER.replace('"1.1"', '"2.0"'))

    minor, major = await world.publishes("prov", "1.1"), await world.publishes("prov", "2.0")

    assert (minor.status_code, minor.json()["code"]) == (409, "minor-breaks-program")
    assert "sedan/dolt" in minor.json()["text"]
    assert major.status_code == 200


@pytest.mark.decision("D29")
async def test_an_earlier_minor_version_is_not_published_behind_a_later_one_that_lacks_something_of_it(
    world: World,
) -> None:
    await releases(world, SMALL, "1.0")
    await releases(world, SMALL.replace('"1.0"', '"1.2"'), "1.2")
    await world.uploads(MINOR)

    response = await world.publishes("prov", "1.1")

    assert (response.status_code, response.json()["code"]) == (409, "minor-breaks-program")


@pytest.mark.parametrize(("state", "was"), [("published", True), ("unpublished", True), ("practice", False)])
async def test_releases_from_before_it_was_kept_are_taken_to_have_been_in_care(
    world: World, state: str, was: bool
) -> None:
    kept = {"$set": {"state": state}, "$unset": {"was_in_care": 1}}
    work = MomentsWork(world.room, world.tenant)
    await world.room.database["releases"].update_one({"_id": work.id_of("tobakshjalpen@9.0")}, kept)

    release = await work.releases.get("tobakshjalpen@9.0")

    assert release.was_in_care is was


@pytest.mark.rule("R36")
@pytest.mark.decision("D29")
async def test_running_moments_stay_until_the_administrator_applies_a_minor_version(world: World) -> None:
    await releases(world, SMALL, "1.0")
    moment = await world.started(OLGA, program="prov")
    await releases(world, MINOR, "1.1")
    before = await world.reads(f"/moments/{moment}")

    response = await applies(world)

    after = await world.reads(f"/moments/{moment}")
    assert response.json() == {"version": "1.1", "applied": 1, "remaining": 0}
    assert (before["program_version"], after["program_version"]) == ("1.0", "1.1")
    assert [(module["code"], module["state"]) for module in after["modules"]] == [
        ("forst", "ongoing"),
        ("mitt", "upcoming"),
        ("sedan", "upcoming"),
    ]
    visible = {step["code"]: step["visible"] for step in after["modules"][0]["steps"]}
    assert visible == {"ett": True, "nytt": True}
    (applied,) = await said(world.room, ProgramVersionApplied)
    assert (applied.moment_id, applied.program_version, applied.by) == (moment, "1.1", KARIN)


@pytest.mark.decision("D29")
async def test_applying_goes_on_where_it_stopped_and_again_changes_nothing(world: World) -> None:
    await releases(world, SMALL, "1.0")
    for _ in range(3):
        await world.started(OLGA, program="prov")
    ended = await world.started(PELLE, program="prov")
    await world.ends(ended)
    await releases(world, MINOR, "1.1")

    done = [(await applies(world, limit=2)).json() for _ in range(3)]

    assert [(each["applied"], each["remaining"]) for each in done] == [(2, 1), (1, 0), (0, 0)]
    assert (await world.reads(f"/moments/{ended}"))["program_version"] == "1.0"


@pytest.mark.decision("D29")
async def test_who_got_a_later_version_while_an_earlier_one_was_applied_is_not_taken_back(
    world: World,
) -> None:
    await releases(world, SMALL, "1.0")
    moment = await world.started(OLGA, program="prov")
    await releases(world, SMALL.replace('"1.0"', '"1.1"'), "1.1")
    await releases(world, MINOR.replace('"1.1"', '"1.2"'), "1.2")
    command, karin = ApplyMinor(UNIT, "prov", "1.1", 200), Actor("staff", KARIN, UNIT)
    behind, _ = await find_behind(command, MomentsWork(world.room, world.tenant, karin))

    later = await applies(world, "1.2")
    work = MomentsWork(world.room, world.tenant, karin)
    applied = await apply_to(behind, command, work)
    await committed(world.room, work)

    assert (list(behind), later.json()["applied"], applied) == ([moment], 1, 0)
    assert (await world.reads(f"/moments/{moment}"))["program_version"] == "1.2"


@pytest.mark.decision("D29")
async def test_a_major_version_reaches_new_moments_only(world: World) -> None:
    await releases(world, SMALL, "1.0")
    running = await world.started(OLGA, program="prov")
    await releases(world, SMALL.replace('"1.0"', '"2.0"'), "2.0")

    response, new = await applies(world, "2.0"), await world.started(PELLE, program="prov")

    assert response.json()["applied"] == 0
    versions = [(await world.reads(f"/moments/{moment}"))["program_version"] for moment in (running, new)]
    assert versions == ["1.0", "2.0"]


async def test_only_the_administrator_applies_versions(world: World) -> None:
    assert (await applies(world, by=ANNA)).status_code == 403
