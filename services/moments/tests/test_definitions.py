"""Program definitions: what is right is a program, what is wrong is told by its line."""

from pathlib import Path

import pytest

from services.moments.programs.definitions.reading import InvalidProgramError, read_definition
from services.moments.programs.domain.program import Program

FOLDER = Path("programs")

SMALL = """\
program: prov
version: "1.0"
name: Prov
kind: support
summary: Ett prov.
recommended_days: 30
messaging: false
welcome_text: Hej!
modules:
  - code: forst
    name: Först
    open_from_start: true
    steps:
      - code: ett
        name: Ett
  - code: sedan
    name: Sedan
    days: 14
    steps:
      - code: ett
        name: Ett
      - code: dolt
        name: Dolt
        visible: false
"""


def the(name: str) -> Program:
    return read_definition((FOLDER / f"{name}.yaml").read_text("utf-8"))


def faults_of(text: str) -> dict[int, str]:
    with pytest.raises(InvalidProgramError) as refused:
        read_definition(text)
    return {fault.line: f"{fault.place} {fault.reason}".strip() for fault in refused.value.faults}


@pytest.mark.rule("R14", "R15", "R18", "R19", "R21")
def test_a_definition_says_what_is_open_visible_and_recommended() -> None:
    program = read_definition(SMALL)

    first, second = program.modules
    assert (first.open_from_start, first.days) == (True, 7)
    assert (second.open_from_start, second.days) == (False, 14)
    assert second.visible_from_start == frozenset({"ett"})
    assert (program.recommended_days, program.messaging, program.welcome_text) == (30, False, "Hej!")


@pytest.mark.parametrize(
    ("at", "wrong", "line", "told"),
    [
        (2, "version: 1.0", 2, "version input should be a valid string"),
        (2, "version: '1'", 2, "version string should match pattern"),
        (2, 'version: "\u0661.\u0660"', 2, "version string should match pattern"),
        (2, 'version: "1.01"', 2, "version string should match pattern"),
        (4, "kind: course", 4, "kind input should be 'support' or 'treatment'"),
        (6, "recommended_days: 0", 6, "recommended_days input should be greater than or equal to 1"),
        (7, "messaging: ja", 7, "messaging input should be a valid boolean"),
        (8, "welcome: Hej!", 8, "welcome extra inputs are not permitted"),
        (18, "    days: många", 18, "modules.1.days input should be a valid integer"),
        (16, "  - code: forst", 16, "modules.1.code is the code of another one too"),
        (22, "      - code: ett", 22, "modules.1.steps.1.code is the code of another one too"),
        (12, "    open_from_start: false", 9, "modules at least one module must be open from the start"),
        (4, "kind: ]", 4, "this is not YAML"),
        (1, "program: ett\nprogram: tva", 2, "program is given twice"),
        (3, "name: !!python/name:os.system x", 3, "this is not YAML"),
    ],
)
def test_a_fault_is_told_with_its_line(at: int, wrong: str, line: int, told: str) -> None:
    lines = SMALL.splitlines()
    lines[at - 1] = wrong

    faults = faults_of("\n".join(lines))

    assert faults[line].startswith(told)


def test_every_fault_is_told_at_once() -> None:
    assert list(faults_of(SMALL.replace('"1.0"', "1.0").replace("days: 14", "days: -1"))) == [2, 18]


def test_a_missing_field_is_told_where_it_belongs() -> None:
    assert faults_of(SMALL.replace("    name: Sedan\n", ""))[16] == "modules.1.name field required"


@pytest.mark.parametrize("text", ["", "[]", "hej", "a: &a [1]\nb: *a", "[" * 5000, "a: 2026-13-01"])
def test_what_is_no_definition_is_refused_and_harms_nothing(text: str) -> None:
    assert faults_of(text)


def test_a_refusal_quotes_nothing_that_was_sent() -> None:
    with pytest.raises(InvalidProgramError) as refused:
        read_definition(SMALL.replace("kind: support", "kind: 196408239843"))

    assert "1964" not in refused.value.text and "1964" not in str(refused.value.fields)


@pytest.mark.parametrize(
    ("name", "modules", "opened", "days"),
    [
        ("bli-van-med-din-mage", 7, 2, 90),
        ("tobakshjalpen", 20, 4, 365),
        ("digitala-smartskolan", 11, 11, 365),
        ("artrosskolan", 4, 2, 90),
    ],
)
@pytest.mark.rule("R14", "R17")
def test_the_programs_of_the_manuals_are_as_told_there(
    name: str, modules: int, opened: int, days: int
) -> None:
    program = the(name)

    assert len(program.modules) == modules
    assert sum(module.open_from_start for module in program.modules) == opened
    assert program.recommended_days == days
    assert program.messaging and program.welcome_text
    assert all(step.text for module in program.modules for step in module.steps)


@pytest.mark.rule("R18")
def test_tobakshjalpen_opens_its_four_modules_with_their_days() -> None:
    opened = [(module.name, module.days) for module in the("tobakshjalpen").modules if module.open_from_start]

    assert opened == [
        ("Om behandlingen", 7),
        ("Bra att veta", 7),
        ("Tandhälsa och nikotin", 7),
        ("Steg 1 Förberedelser – för en bra grund", 14),
    ]


@pytest.mark.rule("R19")
def test_the_ibs_program_hides_one_step_of_its_follow_up() -> None:
    module = the("bli-van-med-din-mage").module("hur-har-det-gatt")

    assert [step.name for step in module.steps if not step.visible] == ["Reagerar du på FODMAP?"]


@pytest.mark.rule("R74")
def test_the_exercises_of_artrosskolan_are_all_the_practitioners_to_choose() -> None:
    assert the("artrosskolan").module("benovningar").visible_from_start == frozenset()
