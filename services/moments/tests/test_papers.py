"""Papers: steps, modules and programs as accessible PDF, made of what the reader may see."""

import re
import sys
import zlib
from importlib import import_module

import httpx
import pytest

from services.moments.programs.domain.sections import Image, Link, Text
from services.moments.programs.rendering.paper import (
    Paper,
    Part,
    html_of_paper,
    module_paper,
    program_paper,
    step_paper,
)
from services.moments.programs.rendering.pdf import pdf_answer
from services.moments.tests.test_definitions import SMALL, the
from services.moments.tests.world import ANNA, OLGA, PELLE, World

IBS = the("bli-van-med-din-mage")
HELD = SMALL.replace(
    "    open_from_start: true\n", "    open_from_start: true\n    papers: [module, program]\n"
).replace(
    "      - code: ett\n        name: Ett\n",
    """\
      - code: ett
        name: Ett
        text: Det första.
      - code: dolt
        name: Det hemliga
        visible: false
        text: Inte än.
      - code: sist
        name: Det sista
        text: Till slut.
""",
    1,
)


@pytest.fixture
def _pdf_library() -> None:
    """One line where the system's library is missing."""
    try:
        import_module("weasyprint")
    except OSError:
        pytest.fail("No libpango here: apt-get install libpango-1.0-0 libpangoft2-1.0-0.", pytrace=False)


def opened(content: bytes) -> bytes:
    """A PDF with what is compressed in it unfolded."""
    parts = [content]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(parts)


def title_in(content: bytes) -> str:
    found = re.search(rb"/Title ?(?:<([0-9a-fA-F]+)>|\((.*?)\))", opened(content))
    assert found is not None
    return bytes.fromhex(found[1].decode()).decode("utf-16") if found[1] else found[2].decode()


async def gets(world: World, path: str, headers: dict[str, str]) -> httpx.Response:
    return await world.call("GET", path, headers)


@pytest.mark.rule("R90")
@pytest.mark.usefixtures("_pdf_library")
async def test_a_pdf_is_tagged_and_has_language_title_and_headings() -> None:
    module = IBS.module("kanslig-tarm")

    response = await pdf_answer(module_paper(IBS, module, module.steps))

    inside = opened(bytes(response.body))
    assert bytes(response.body).startswith(b"%PDF-1.7") and response.media_type == "application/pdf"
    for needed in (b"/Marked true", b"/StructTreeRoot", b"/Lang (sv)", b"/DisplayDocTitle true", b"pdfuaid"):
        assert needed in inside, needed
    assert title_in(bytes(response.body)) == "IBS – Känslig tarm"
    assert inside.count(b"/S /H1") + inside.count(b"/S/H1") == 1
    assert inside.count(b"/S /H2") + inside.count(b"/S/H2") == 3


@pytest.mark.usefixtures("_pdf_library")
async def test_nothing_is_fetched_for_a_pdf() -> None:
    hostile = Paper(
        "Prov",
        "Prov",
        opening="![x](https://192.0.2.1/x.png) <img src='file:///etc/passwd'>",
        sections=[Image("https://192.0.2.1/y.png", "En bild"), Text("@import url(https://192.0.2.1/z)")],
    )

    html = html_of_paper(hostile)

    assert "<img" not in html and "<link" not in html
    assert (await pdf_answer(hostile)).status_code == 200


def test_a_title_is_text_and_never_markup() -> None:
    html = html_of_paper(Paper("<b>Å</b>", "&", parts=[Part("<i>", contents=["<u>"])]))

    assert "&lt;b&gt;Å&lt;/b&gt;" in html and "<i>" not in html and "<u>" not in html


def test_headings_of_a_text_begin_below_those_of_the_page() -> None:
    html = html_of_paper(
        Paper("Titel", "Om", opening="# Ett\n\n### Tre", parts=[Part("Del", sections=[Text("## Två")])])
    )

    assert re.findall(r"<(h\d)>(\w+)", html) == [
        ("h1", "Titel"),
        ("h2", "Ett"),
        ("h3", "Tre"),
        ("h2", "Del"),
        ("h3", "Två"),
    ]


def test_what_is_not_text_is_told_in_words() -> None:
    module = IBS.module("kanslig-tarm")
    html = html_of_paper(step_paper(IBS, module, module.step("sa-fungerar-mag-tarmkanalen")))
    link = html_of_paper(Paper("T", "O", sections=[Link("https://a.example", "En sida")]))

    assert "Bild: Teckning av matens väg" in html
    assert '<a href="https://a.example">En sida</a>' in link


@pytest.mark.rule("R91")
def test_a_program_in_summary_names_its_modules_and_their_steps() -> None:
    html = html_of_paper(program_paper(IBS, [(module, module.steps) for module in IBS.modules]))

    assert html.count("<h2>") == 7
    assert "<li>Vad är FODMAP?</li>" in html and "regelbundet, tugga" not in html


@pytest.mark.rule("R92")
@pytest.mark.usefixtures("_pdf_library")
async def test_staff_find_every_step_as_pdf(world: World) -> None:
    base = "/programs/tobakshjalpen/versions/9.0"

    papers = await world.reads(f"{base}/pdfs")

    steps = [step.name for module in the("tobakshjalpen").modules for step in module.steps]
    assert [paper["name"] for paper in papers if paper["step"]] == steps
    for path in (papers[0]["path"], papers[1]["path"], f"{base}/pdf"):
        response = await gets(world, path, world.staff(ANNA))
        assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf"), path
    missing = await gets(world, f"{base}/modules/ingen/pdf", world.staff(ANNA))
    assert (missing.status_code, missing.json()["code"]) == (404, "module-not-found-in-program")


async def started(world: World) -> str:
    for done in (
        await world.uploads(HELD),
        await world.publishes("prov", "1.0"),
        await world.offers("prov", "1.0"),
    ):
        assert done.is_success, done.text
    return await world.started(OLGA, program="prov")


@pytest.mark.rule("R90", "R370")
@pytest.mark.usefixtures("_pdf_library")
async def test_a_resident_saves_the_steps_that_can_be_opened(world: World) -> None:
    base, me = f"/me/moments/{await started(world)}/modules/forst/steps", world.resident(OLGA)

    locked = await gets(world, f"{base}/sist/pdf", me)
    first = await gets(world, f"{base}/ett/pdf", me)
    hidden = await gets(world, f"{base}/dolt/pdf", me)
    last = await gets(world, f"{base}/sist/pdf", me)

    assert [(r.status_code, r.json()["code"]) for r in (locked, hidden)] == [
        (409, "step-not-unlocked"),
        (404, "step-not-found"),
    ]
    assert (title_in(first.content), title_in(last.content)) == ("Ett", "Det sista")
    other = await gets(world, f"{base}/ett/pdf", world.resident(PELLE))
    assert other.status_code == 404


@pytest.mark.rule("R91")
@pytest.mark.usefixtures("_pdf_library")
async def test_a_resident_saves_the_papers_a_module_holds(world: World) -> None:
    moment, me = await started(world), world.resident(OLGA)

    module = await gets(world, f"/me/moments/{moment}/modules/forst/pdf", me)
    program = await gets(world, f"/me/moments/{moment}/pdf", me)
    upcoming = await gets(world, f"/me/moments/{moment}/modules/sedan/pdf", me)

    assert (title_in(module.content), title_in(program.content)) == ("Först", "Prov")
    assert (upcoming.status_code, upcoming.json()["code"]) == (404, "paper-not-held")
    (shown,) = (await world.reads(f"/me/moments/{moment}", me))["modules"]
    assert shown["papers"] == ["module", "program"]


async def test_without_the_systems_library_only_pdfs_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    refused = await gets(world, "/programs/tobakshjalpen/versions/9.0/pdf", world.staff(ANNA))

    assert (refused.status_code, refused.json()["code"]) == (503, "pdf-not-available")
    assert (await world.reads("/programs/tobakshjalpen/versions/9.0"))["name"] == "Tobakshjälpen"
