"""The parts of a program definition: sections, flag rules, plans, openness; and what is refused, line by line."""

import pytest

from services.moments.programs.definitions.reading import read_definition
from services.moments.programs.domain.flag_rules import FollowUp, Inactive, Outcome, TimeLeft, TimeOut, Words
from services.moments.programs.domain.sections import Audio, Film, FormReference, Image, Link, Text
from services.moments.tests.test_definitions import SMALL, faults_of, the

RICH = (
    SMALL
    + """\
      - code: rikt
        name: Rikt
        sections:
          - text: Hej
          - image: {address: "https://a.example/b.png", description: En bild}
          - film: {address: "https://a.example/b.mp4", title: En film}
          - audio: {address: "https://a.example/b.mp3", title: Ett ljud}
          - form: enkat
          - link: {address: "https://a.example", label: En länk}
flags:
  - {kind: time_left, days: 7}
  - {kind: time_left, days: 0, for: resident, heading: Snart slut, text: Det är sista dagen.}
  - {kind: time_out}
  - {kind: result, form: enkat, result: summa, at_least: 10}
  - {kind: inactive, days: 14}
  - {kind: follow_up, module: sedan, heading: Hur har det gått?, text: Svara gärna.}
start_battery: [start]
activity_plans:
  - code: dagbok
    name: Dagbok
    questions:
      - {label: vikt, text: Vad väger du?, kind: number, unit: kg, minimum: 20, maximum: 300}
open:
  description: Läs detta.
  counties: ["14"]
"""
)


@pytest.mark.rule("R4", "R6", "R96")
def test_a_page_is_made_of_sections_from_top_to_bottom() -> None:
    step = read_definition(RICH).module("sedan").step("rikt")

    assert step.sections == (
        Text("Hej"),
        Image("https://a.example/b.png", "En bild"),
        Film("https://a.example/b.mp4", "En film"),
        Audio("https://a.example/b.mp3", "Ett ljud"),
        FormReference("enkat"),
        Link("https://a.example", "En länk"),
    )
    assert (step.text, list(step.forms)) == ("Hej", ["enkat"])


@pytest.mark.rule("R20")
def test_a_program_defines_its_flags() -> None:
    assert read_definition(RICH).flag_rules == (
        TimeLeft(7),
        TimeLeft(0, "resident", Words("Snart slut", "Det är sista dagen.")),
        TimeOut(),
        Outcome("enkat", result="summa", at_least=10),
        Inactive(14),
        FollowUp("sedan", 1, Words("Hur har det gått?", "Svara gärna.")),
    )


def test_a_program_without_flag_rules_raises_none() -> None:
    assert read_definition(SMALL).flag_rules == ()


def test_a_ready_made_plan_has_the_manuals_schedule_unless_it_says_another() -> None:
    (plan,) = read_definition(RICH).plans

    schedule = plan.schedule
    assert (schedule.weekdays, schedule.at, schedule.every_weeks, schedule.open_days) == (
        ("sunday",),
        "16:00",
        1,
        3,
    )
    (question,) = plan.questions
    assert (question.unit, question.minimum, question.maximum) == ("kg", 20, 300)


def test_a_start_battery_names_forms_and_a_program_knows_all_of_its_own() -> None:
    program = read_definition(RICH)

    assert program.start_battery == ("start",)
    assert program.forms == {"start", "enkat"}


@pytest.mark.parametrize(
    ("was", "wrong", "told"),
    [
        ("days: 7}", "days: -1}", "flags.0.days input should be greater than or equal to 0"),
        ("days: 7}", "days: 31}", "flags.0.days is more than the recommended days"),
        (", heading: Snart slut", "", "flags.1 what is for the resident needs heading and text"),
        ("form: enkat, result", "form: annan, result", "flags.3.form is no form of this program"),
        ("result: summa, ", "", "flags.3 must name a result or a question, and not both"),
        (", at_least: 10", "", "flags.3 must have at_least, at_most or both"),
        ("inactive, days: 14", "inactive", "flags.4.days field required"),
        (
            "inactive, days: 14",
            "inactive, days: 366",
            "flags.4.days input should be less than or equal to 365",
        ),
        ("module: sedan, heading", "module: aldrig, heading", "flags.5.module is no module of this program"),
        ("kind: time_out", "kind: nagot", "flags.2 kind must be one of 'time_left', 'time_out'"),
        ('https://a.example/b.png"', 'http://a.example/b.png"', "modules.1.steps.2.sections.1.image.address"),
        (
            "- form: enkat",
            "- form: enkat\n            text: Hej",
            "modules.1.steps.2.sections.4 must be exactly one",
        ),
        ("unit: kg", "unit: stenar", "activity_plans.0.questions.0.unit input should be"),
        ("minimum: 20", "minimum: 400", "activity_plans.0.questions.0 minimum is above maximum"),
        ("  description: Läs detta.\n", "", "open.description field required"),
        ("Läs detta.", "'  '", "open.description string should match pattern"),
        ('["14"]', "[14]", "open.counties.0 input should be a valid string"),
    ],
)
@pytest.mark.decision("D1", "D25")
def test_a_fault_in_a_part_is_told_where_it_stands(was: str, wrong: str, told: str) -> None:
    assert was in RICH
    text = RICH.replace(was, wrong, 1)

    ((line, fault),) = faults_of(text).items()

    assert fault.startswith(told)
    assert abs(line - _line_of(was)) <= 1


def _line_of(part: str) -> int:
    return RICH[: RICH.index(part)].count("\n") + 1


def test_the_pain_school_flags_that_its_year_has_run_out() -> None:
    assert TimeOut() in the("digitala-smartskolan").flag_rules


@pytest.mark.decision("D1")
def test_the_ibs_program_has_lost_its_flag_on_time_left_and_kept_its_follow_up() -> None:
    kinds = [rule.kind for rule in the("bli-van-med-din-mage").flag_rules]

    assert "time_left" not in kinds and "follow_up" in kinds


def test_artrosskolan_brings_a_training_diary() -> None:
    (plan,) = the("artrosskolan").plans

    assert (plan.schedule.weekdays, plan.schedule.at, plan.schedule.open_days) == (("sunday",), "16:00", 3)
    assert [question.label for question in plan.questions] == ["pass", "smarta", "kommentar"]


@pytest.mark.rule("R24")
@pytest.mark.parametrize(
    "name", ["bli-van-med-din-mage", "tobakshjalpen", "digitala-smartskolan", "artrosskolan"]
)
def test_every_program_guides_staff_and_uses_forms_of_its_own(name: str) -> None:
    program = the(name)

    assert program.guidance and program.forms
    assert any(module.papers for module in program.modules)


@pytest.mark.rule("R219")
def test_a_version_may_have_other_flags_than_the_one_before() -> None:
    earlier = read_definition(SMALL + "flags:\n  - kind: time_out\n")
    later = read_definition(SMALL.replace('"1.0"', '"1.1"'))

    assert later.lost_since(earlier) == []
    assert (earlier.flag_rules, later.flag_rules) == ((TimeOut(),), ())
