"""Programs over HTTP, from upload to a unit's list."""

import pytest

from services.moments.tests.test_definitions import SMALL
from services.moments.tests.world import ANNA, HANNA, IVAR, JOHAN, KARIN, OTHER_UNIT, UNIT, World

CHANGED = SMALL.replace("Ett prov.", "Ett annat prov.")


async def listed(world: World, which: str, by: str = ANNA, unit: str = UNIT) -> list[str]:
    page = await world.reads(f"/programs?list={which}", world.staff(by, unit))
    return [f"{row['program_id']}@{row['version']}" for row in page["items"]]


@pytest.mark.rule("R31")
async def test_a_program_reaches_a_unit_by_upload_publishing_and_activation(world: World) -> None:
    uploaded = await world.uploads(SMALL)
    too_early = await world.offers("prov", "1.0")
    published = await world.publishes("prov", "1.0")
    before = await listed(world, "active")
    activated = await world.offers("prov", "1.0")

    assert (uploaded.status_code, uploaded.json()["state"]) == (201, "uploaded")
    assert (too_early.status_code, too_early.json()["code"]) == (409, "program-not-published")
    assert published.json()["state"] == "published"
    assert activated.json() == {
        "unit_id": UNIT,
        "program_id": "prov",
        "version": "1.0",
        "active": True,
        "open_to": None,
    }
    assert (before, await listed(world, "active")) == (
        ["tobakshjalpen@9.0"],
        ["prov@1.0", "tobakshjalpen@9.0"],
    )


@pytest.mark.rule("R49")
async def test_a_unit_lists_what_is_active_on_it_and_nothing_else(world: World) -> None:
    assert await listed(world, "active", JOHAN, OTHER_UNIT) == []
    assert await listed(world, "available", JOHAN, OTHER_UNIT) == ["tobakshjalpen@9.0"]


@pytest.mark.rule("R11")
async def test_a_unit_offers_one_version_of_a_program_at_a_time(world: World) -> None:
    for version in ("1.0", "1.1"):
        await world.uploads(SMALL.replace("1.0", version))
        await world.publishes("prov", version)
        await world.offers("prov", version)

    assert await listed(world, "active") == ["prov@1.1", "tobakshjalpen@9.0"]
    assert await listed(world, "all") == ["prov@1.0", "prov@1.1", "tobakshjalpen@9.0"]


async def test_a_version_may_be_uploaded_again_until_it_is_published(world: World) -> None:
    await world.uploads(SMALL)
    replaced = await world.uploads(CHANGED)
    await world.publishes("prov", "1.0")

    same, other = await world.uploads(CHANGED), await world.uploads(SMALL)

    assert (replaced.status_code, same.status_code) == (201, 201)
    assert (other.status_code, other.json()["code"]) == (409, "program-published")
    program = await world.reads("/programs/prov/versions/1.0")
    assert program["summary"] == "Ett annat prov."


@pytest.mark.rule("R36")
async def test_an_inactivated_program_is_not_started_and_what_runs_goes_on(world: World) -> None:
    moment = await world.started()

    gone = await world.call("DELETE", f"/units/{UNIT}/programs/tobakshjalpen", world.staff(KARIN))
    refused = await world.starts()

    assert gone.status_code == 204
    assert (refused.status_code, refused.json()["code"]) == (409, "program-not-active")
    assert (await world.reads(f"/moments/{moment}"))["state"] == "ongoing"


async def test_a_wrong_definition_is_told_line_by_line_in_swedish(world: World) -> None:
    response = await world.uploads(SMALL.replace('"1.0"', "1.0").replace("days: 14", "days: -1"))

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "invalid-program")
    assert problem["text"] == "Programdefinitionen är fel, först på rad 2."
    assert sorted(problem["fields"]) == ["first_line", "line 18", "line 2"]


async def test_what_is_no_text_is_no_definition(world: World) -> None:
    response = await world.api.http.post("/programs", headers=world.staff(HANNA), content=b"\xff\xfe")

    assert (response.status_code, response.json()["code"]) == (422, "invalid-program")


@pytest.mark.rule("R272", "R273")
@pytest.mark.parametrize(
    ("method", "path", "by"),
    [
        ("POST", "/programs", ANNA),
        ("POST", "/programs/tobakshjalpen/versions/9.0/publish", HANNA),
        ("PUT", f"/units/{UNIT}/programs/tobakshjalpen", IVAR),
        ("DELETE", f"/units/{UNIT}/programs/tobakshjalpen", ANNA),
    ],
)
async def test_each_link_of_the_chain_is_another_roles(world: World, method: str, path: str, by: str) -> None:
    body = {"version": "9.0"} if method == "PUT" else None

    response = await world.call(method, path, world.staff(by), body)

    assert (response.status_code, response.json()["code"]) == (403, "permission-missing")


@pytest.mark.parametrize(
    ("method", "path", "by", "code"),
    [
        ("POST", "/programs/okant/versions/1.0/publish", IVAR, "program-not-found"),
        ("GET", "/programs/okant/versions/1.0", ANNA, "program-not-found"),
        ("PUT", f"/units/{UNIT}/programs/okant", KARIN, "program-not-found"),
        ("PUT", "/units/SE2321000131-E000000000099/programs/tobakshjalpen", KARIN, "unit-not-found"),
    ],
)
async def test_what_is_unknown_is_not_found(world: World, method: str, path: str, by: str, code: str) -> None:
    body = {"version": "1.0"} if method == "PUT" else None

    response = await world.call(method, path, world.staff(by), body)

    assert (response.status_code, response.json()["code"]) == (404, code)


@pytest.mark.rule("R13")
async def test_the_catalogue_shows_modules_and_steps_with_their_texts(world: World) -> None:
    program = await world.reads("/programs/tobakshjalpen/versions/9.0")

    assert len(program["modules"]) == 20
    assert program["modules"][0]["steps"][0]["sections"][0]["html"].startswith(
        "<p>Behandlingen har sju steg."
    )


async def test_a_long_list_comes_in_pages(world: World) -> None:
    for version in ("1.0", "1.1", "2.0"):
        await world.uploads(SMALL.replace("1.0", version))
    path, seen = "/programs?list=all&limit=3", []
    while path:
        page = await world.reads(path)
        seen += [row["version"] for row in page["items"]]
        path = f"/programs?list=all&limit=3&cursor={page['next']}" if page["next"] else ""

    assert seen == ["1.0", "1.1", "2.0", "9.0"]
