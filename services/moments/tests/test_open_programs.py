"""Open programs: a unit makes one available to a group, and residents of the group start it alone."""

from datetime import date
from typing import Any

import httpx
import pytest

from chassis.testing import said
from contracts.moments import MomentStarted, PractitionerAssigned
from contracts.retention import PurgeAnswered
from services.moments.programs.domain.target import TargetGroup, Traits
from services.moments.tests.test_definitions import SMALL
from services.moments.tests.test_reactions import a_purge
from services.moments.tests.world import (
    ANNA,
    BJORN,
    EVA,
    KARIN,
    OLGA,
    PELLE,
    UNIT,
    World,
)

OPEN = SMALL.replace(
    "modules:",
    """\
open:
  description: |
    ## Vill du sova bättre?
    Här får du *åtta* råd.
  counties: ["14"]
  ages: {youngest: 18}
modules:""",
    1,
)
WOMAN = Traits("14", "female", date(1964, 8, 23))
TODAY = date(2026, 11, 20)


async def opens(world: World, body: Any = None, *, by: str = EVA, text: str = OPEN) -> httpx.Response:
    await world.uploads(text)
    await world.publishes("prov", "1.0")
    await world.offers("prov", "1.0")
    return await world.call("PUT", "/programs/prov/openness", world.staff(by), body or {})


async def offered(world: World, number: str = OLGA) -> list[str]:
    rows = await world.reads("/me/programs", world.resident(number))
    return [row["program_name"] for row in rows]


async def starts_alone(world: World, number: str = OLGA, key: str = "a") -> httpx.Response:
    path = f"/me/programs/{UNIT}/prov/start"
    return await world.call("POST", path, world.resident(number), key=key)


@pytest.mark.rule("R25")
@pytest.mark.parametrize(
    ("group", "is_in"),
    [
        (TargetGroup(), True),
        (TargetGroup(counties=("14", "13")), True),
        (TargetGroup(counties=("13",)), False),
        (TargetGroup(sexes=("male",)), False),
        (TargetGroup(youngest=62, oldest=62), True),
        (TargetGroup(youngest=63), False),
        (TargetGroup(oldest=61), False),
    ],
)
def test_a_target_group_is_county_sex_and_age(group: TargetGroup, is_in: bool) -> None:
    assert group.includes(WOMAN, TODAY) is is_in


def test_who_the_register_says_nothing_of_is_in_no_chosen_group() -> None:
    unknown = Traits(None, None, None)

    assert TargetGroup().includes(unknown, TODAY)
    assert not TargetGroup(counties=("14",)).includes(unknown, TODAY)
    assert not TargetGroup(youngest=0).includes(unknown, TODAY)


def test_an_age_is_reached_on_the_birthday() -> None:
    group = TargetGroup(youngest=63)

    assert [group.includes(WOMAN, date(2027, 8, day)) for day in (22, 23)] == [False, True]


@pytest.mark.rule("R25", "R260", "R363")
async def test_a_program_is_offered_to_the_residents_of_its_group_alone(world: World) -> None:
    before = await offered(world)
    response = await opens(world)

    assert response.json()["open_to"] == {"counties": ["14"], "sexes": [], "youngest": 18, "oldest": None}
    assert (before, await offered(world, OLGA), await offered(world, PELLE)) == ([], ["Prov"], [])


@pytest.mark.rule("R260")
async def test_a_resident_administrator_chooses_another_group(world: World) -> None:
    await opens(world, {"group": {"counties": ["13"], "sexes": ["male"]}})

    assert (await offered(world, OLGA), await offered(world, PELLE)) == ([], ["Prov"])


@pytest.mark.rule("R28")
async def test_a_program_without_description_is_not_made_available(world: World) -> None:
    response = await opens(world, text=SMALL)

    assert (response.status_code, response.json()["code"]) == (409, "program-not-open")


@pytest.mark.parametrize(
    "group",
    [{"counties": ["Halland"]}, {"sexes": ["other"]}, {"county": "14"}],
)
async def test_a_group_that_is_not_as_agreed_is_refused(world: World, group: dict[str, Any]) -> None:
    response = await opens(world, {"group": group})

    assert (response.status_code, response.json()["code"]) == (422, "invalid")


async def test_a_group_that_nobody_can_be_in_is_refused(world: World) -> None:
    response = await opens(world, {"group": {"youngest": 30, "oldest": 20}})

    assert (response.status_code, response.json()["code"]) == (422, "ages-upside-down")


async def test_practitioners_do_not_open_programs(world: World) -> None:
    assert (await opens(world, by=ANNA)).status_code == 403


@pytest.mark.rule("R27", "R374")
async def test_the_resident_reads_the_description_before_the_start(world: World) -> None:
    await opens(world)

    page = await world.reads(f"/me/programs/{UNIT}/prov", world.resident(OLGA))

    assert page["description_html"] == "<h3>Vill du sova bättre?</h3>\n<p>Här får du <em>åtta</em> råd.</p>"
    mine = await world.reads(
        f"/me/moments/{(await starts_alone(world)).json()['moment_id']}", world.resident(OLGA)
    )
    assert "sova" not in str(mine)


@pytest.mark.rule("R63", "R57")
@pytest.mark.decision("D31")
async def test_a_resident_starts_it_alone_and_nobody_is_responsible_at_first(world: World) -> None:
    await opens(world)

    response = await starts_alone(world)

    moment = response.json()["moment_id"]
    assert response.status_code == 201
    rows = await world.reads("/me/moments", world.resident(OLGA))
    assert [row["moment_id"] for row in rows] == [moment]
    (started,) = await said(world.room, MomentStarted)
    assert (started.self_started, started.by) == (True, world.resident_id(OLGA))
    assert await said(world.room, PractitionerAssigned) == []
    (row,) = (await world.reads("/moments?list=all"))["items"]
    assert (row["moment_id"], row["practitioner"]) == (moment, None)


@pytest.mark.decision("D31")
async def test_a_resident_administrator_gives_it_a_practitioner(world: World) -> None:
    await opens(world)
    moment = (await starts_alone(world)).json()["moment_id"]

    response = await world.hands_over(moment, BJORN, by=EVA)

    assert response.status_code == 200
    (assigned,) = await said(world.room, PractitionerAssigned)
    assert (assigned.practitioner_id, assigned.by) == (BJORN, EVA)


async def test_starting_alone_twice_is_one_moment(world: World) -> None:
    await opens(world)

    first, again, other = [await starts_alone(world, key=key) for key in ("a", "a", "b")]

    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "same-program-ongoing")


@pytest.mark.rule("R308")
async def test_the_answers_to_who_started_it_go_with_the_moments_purge(world: World) -> None:
    await opens(world)
    alone = (await starts_alone(world)).json()["moment_id"]
    by_staff, other = await world.started(), await world.started()
    await world.hands_over(alone, ANNA, by=EVA)
    for moment, version in ((alone, 2), (by_staff, 1)):
        await world.ends(moment, version)

    await world.hears(a_purge(world, alone), a_purge(world, by_staff))

    answers = await world.room.database["idempotency"].find().to_list(None)
    assert [answer["about"] for answer in answers] == [other]
    assert alone not in str(answers) and by_staff not in str(answers)
    counted = [
        {deleted.collection: deleted.count for deleted in told.deleted}["idempotency"]
        for told in await said(world.room, PurgeAnswered)
    ]
    assert counted == [1, 1]


async def test_who_is_outside_the_group_finds_nothing_to_start(world: World) -> None:
    await opens(world)

    response = await starts_alone(world, PELLE)
    page = await world.call("GET", f"/me/programs/{UNIT}/prov", world.resident(PELLE))

    assert [(r.status_code, r.json()["code"]) for r in (response, page)] == [(404, "program-not-offered")] * 2


@pytest.mark.rule("R26")
async def test_staff_start_an_open_program_in_the_ordinary_way(world: World) -> None:
    await opens(world)

    moment = await world.started(PELLE, program="prov")

    assert (await world.reads(f"/moments/{moment}"))["practitioner"]["person_id"] == ANNA
    *_, started = await said(world.room, MomentStarted)
    assert not started.self_started


@pytest.mark.parametrize("how", ["close", "inactivate", "unpublish", "unit"])
async def test_what_is_closed_in_any_way_is_offered_no_more(world: World, how: str) -> None:
    await opens(world)

    match how:
        case "close":
            await world.call("DELETE", "/programs/prov/openness", world.staff(EVA))
        case "inactivate":
            await world.call("DELETE", f"/units/{UNIT}/programs/prov", world.staff(KARIN))
        case "unpublish":
            await world.unpublishes("prov", "1.0")
        case _:
            await world.call("POST", f"/units/{UNIT}/inactivate", world.staff(KARIN))

    assert await offered(world) == []
    assert (await starts_alone(world)).status_code == 404


@pytest.mark.rule("R29")
async def test_open_programs_have_a_small_mark_in_the_catalogue(world: World) -> None:
    await opens(world)

    page = await world.reads("/programs")

    assert [(row["label"], row["open_here"]) for row in page["items"]] == [
        ("Prov ö", True),
        ("Tobakshjälpen", False),
    ]
