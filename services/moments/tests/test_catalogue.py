"""The catalogue: what a designer has built is read back whole, by staff of every care giver that may use it."""

import pytest

from services.moments.directory import StaffEntry, UnitEntry
from services.moments.programs.domain.program import ProgramKind
from services.moments.tests.test_definition_parts import RICH
from services.moments.tests.test_definitions import SMALL, the
from services.moments.tests.world import HANNA, IVAR, KARIN, UNIT, World

PRIVATE = "SE5560001111-E000000000001"
PETRA = "SE5560001111-P000000000001"


@pytest.mark.rule("R9", "R13")
async def test_what_a_designer_builds_is_read_back_whole(world: World) -> None:
    await world.uploads(RICH, by=HANNA)

    program = await world.reads("/programs/prov/versions/1.0", world.staff(HANNA))

    sections = program["modules"][1]["steps"][2]["sections"]
    assert [section["kind"] for section in sections] == ["text", "image", "film", "audio", "form", "link"]
    assert sections[0]["html"] == "<p>Hej</p>"
    assert [(rule["kind"], rule["audience"], rule["days"]) for rule in program["flags"]] == [
        ("time_left", "practitioner", 7),
        ("time_left", "resident", 0),
        ("time_out", "practitioner", None),
        ("result", "practitioner", None),
        ("inactive", "practitioner", 14),
        ("follow_up", "resident", 1),
    ]
    (plan,) = program["activity_plans"]
    assert (plan["weekdays"], plan["at"], plan["questions"][0]["unit"]) == (["sunday"], "16:00", "kg")
    assert (program["start_battery"], program["open"]["counties"]) == (["start"], ["14"])


@pytest.mark.rule("R33")
async def test_the_publisher_reads_a_version_before_it_is_published(world: World) -> None:
    await world.uploads(SMALL, by=HANNA)

    seen = await world.reads("/programs/prov/versions/1.0", world.staff(IVAR))

    assert (seen["state"], seen["published_by"]) == ("uploaded", None)
    assert (await world.offers("prov", "1.0")).json()["code"] == "program-not-published"


@pytest.mark.rule("R5")
def test_a_program_is_for_support_or_for_treatment() -> None:
    kinds = {name: the(name).kind for name in ("tobakshjalpen", "bli-van-med-din-mage")}

    assert kinds == {"tobakshjalpen": ProgramKind.TREATMENT, "bli-van-med-din-mage": ProgramKind.SUPPORT}


@pytest.mark.rule("R16")
async def test_some_modules_are_for_everybody_and_others_are_sent_when_needed(world: World) -> None:
    moment = await world.reads(f"/moments/{await world.started()}")

    states = {module["code"]: module["state"] for module in moment["modules"]}
    assert (states["om-behandlingen"], states["steg-1"]) == ("ongoing", "ongoing")
    assert (states["graviditet"], states["diabetes"]) == ("upcoming", "upcoming")


@pytest.mark.rule("R286")
async def test_a_private_care_givers_unit_uses_what_is_approved_for_it(world: World) -> None:
    world.directory.units[PRIVATE] = UnitEntry(PRIVATE, "Närhälsan AB", "Närhälsan AB")
    world.directory.members[PETRA] = StaffEntry(PETRA, "Petra Palm", frozenset({PRIVATE}))
    activated = await world.activates(PRIVATE, PETRA)
    await world.uploads(SMALL)
    path, ivar = "/programs/prov/versions/1.0/publish", world.staff(IVAR)

    await world.call("POST", path, ivar, {"care_givers": ["2321000131"]})
    refused = await world.offers("prov", "1.0", PRIVATE)
    await world.call("POST", path, ivar, {"care_givers": ["2321000131", "5560001111"]})
    approved = await world.offers("prov", "1.0", PRIVATE)

    assert (activated.status_code, refused.json()["code"]) == (200, "program-not-approved")
    assert approved.status_code == 200
    tab = await world.reads(f"/programs?list=active&unit_id={PRIVATE}", world.staff(KARIN))
    assert [row["program_id"] for row in tab["items"]] == ["prov"]


async def test_staff_name_no_other_unit_in_the_catalogue(world: World) -> None:
    response = await world.call("GET", f"/programs?unit_id={PRIVATE}", world.staff(HANNA))
    own = await world.call("GET", f"/programs?unit_id={UNIT}", world.staff(HANNA))

    assert (response.status_code, own.status_code) == (404, 200)
