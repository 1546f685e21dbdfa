"""What the API tells of programs and their releases."""

from datetime import datetime
from typing import Any

from chassis.http.schema import Schema
from services.moments.programs.api.sections import SectionOut, sections_out
from services.moments.programs.domain.flag_rules import FlagRule
from services.moments.programs.domain.plans import ReadyPlan
from services.moments.programs.domain.program import Module, Program
from services.moments.programs.domain.release import Release
from services.moments.programs.domain.target import Openness
from services.moments.programs.rendering.markdown import html_of


class StepOut(Schema):
    code: str
    name: str
    heading: str | None
    visible: bool
    sections: list[SectionOut]


class ModuleOut(Schema):
    """`papers`: the PDFs it holds, of itself or of the whole program (R91)."""

    code: str
    name: str
    summary_html: str
    open_from_start: bool
    days: int
    forms: list[str]
    papers: list[str]
    steps: list[StepOut]


class OpennessOut(Schema):
    """What a resident reads before the start, and the target group it suggests (R25, R27)."""

    description_html: str
    counties: list[str]
    sexes: list[str]
    youngest: int | None
    oldest: int | None


class FlagRuleOut(Schema):
    """A rule of the kinds of R208 to R211; what a kind does not have is null."""

    kind: str
    audience: str
    days: int | None
    module: str | None
    form: str | None
    result: str | None
    question: str | None
    at_least: float | None
    at_most: float | None
    heading: str | None
    text: str | None


class PlanQuestionOut(Schema):
    label: str
    text: str
    kind: str
    required: bool
    options: list[str]
    unit: str | None
    minimum: float | None
    maximum: float | None


class ReadyPlanOut(Schema):
    """A ready-made activity plan; every started moment gets it as not activated (R22)."""

    code: str
    name: str
    introduction_html: str
    questions: list[PlanQuestionOut]
    weekdays: list[str]
    at: str
    every_weeks: int
    open_days: int
    flags: bool
    shows_results: bool


class ProgramOut(Schema):
    """A version of a program, whole. `guidance_html` is for staff to judge by, nothing is checked (R24)."""

    program_id: str
    version: str
    name: str
    label: str
    kind: str
    summary: str
    guidance_html: str
    shared_with: str
    recommended_days: int
    messaging: bool
    ordered_steps: bool
    welcome_text: str
    open: OpennessOut | None
    start_battery: list[str]
    activity_plans: list[ReadyPlanOut]
    flags: list[FlagRuleOut]
    modules: list[ModuleOut]


class ReleaseOut(Schema):
    """How far a version has come. `approved_for`: care givers by organisation number, null is every one (R32)."""

    program_id: str
    version: str
    name: str
    state: str
    owner_unit_id: str
    approved_for: list[str] | None
    uploaded_at: datetime
    published_at: datetime | None
    published_by: str | None
    unpublished_at: datetime | None


class ReadProgramOut(ProgramOut):
    """A version of a program, whole, and how far it has come."""

    state: str
    owner_unit_id: str
    published_by: str | None


def release_out(release: Release) -> ReleaseOut:
    """A release as the API tells it."""
    return ReleaseOut(
        program_id=release.program.code,
        version=release.program.version,
        name=release.program.name,
        state=release.state.value,
        owner_unit_id=release.owner_unit,
        approved_for=None if release.approved_for is None else sorted(release.approved_for),
        uploaded_at=release.uploaded_at,
        published_at=release.published_at,
        published_by=release.published_by,
        unpublished_at=release.unpublished_at,
    )


def read_program_out(release: Release) -> ReadProgramOut:
    """A release with its content."""
    return ReadProgramOut(
        **dict(program_out(release.program)),
        state=release.state.value,
        owner_unit_id=release.owner_unit,
        published_by=release.published_by,
    )


def label_of(name: str, *, is_open: bool) -> str:
    """The name as the catalogue shows it: open programs have a small "ö" after it (R29)."""
    return f"{name} ö" if is_open else name


def program_out(program: Program) -> ProgramOut:
    """A program as the API tells it."""
    return ProgramOut(
        program_id=program.code,
        version=program.version,
        name=program.name,
        label=label_of(program.name, is_open=program.openness is not None),
        kind=program.kind.value,
        summary=program.summary,
        guidance_html=html_of(program.guidance),
        shared_with=program.shared_with.value,
        recommended_days=program.recommended_days,
        messaging=program.messaging,
        ordered_steps=program.ordered_steps,
        welcome_text=program.welcome_text,
        open=None if program.openness is None else _openness(program.openness),
        start_battery=list(program.start_battery),
        activity_plans=[_plan(plan) for plan in program.plans],
        flags=[_rule(rule) for rule in program.flag_rules],
        modules=[_module(module) for module in program.modules],
    )


def _module(module: Module) -> ModuleOut:
    return ModuleOut(
        code=module.code,
        name=module.name,
        summary_html=html_of(module.summary),
        open_from_start=module.open_from_start,
        days=module.days,
        forms=list(module.forms),
        papers=list(module.papers),
        steps=[
            StepOut(
                code=step.code,
                name=step.name,
                heading=step.heading,
                visible=step.visible,
                sections=sections_out(step.sections),
            )
            for step in module.steps
        ],
    )


def _openness(openness: Openness) -> OpennessOut:
    group = openness.suggested
    return OpennessOut(
        description_html=html_of(openness.description),
        counties=list(group.counties),
        sexes=list(group.sexes),
        youngest=group.youngest,
        oldest=group.oldest,
    )


def _rule(rule: FlagRule) -> FlagRuleOut:
    def of(name: str) -> Any:
        return getattr(rule, name, None)

    words = of("words")
    return FlagRuleOut(
        kind=rule.kind,
        audience=of("audience") or ("resident" if rule.kind == "follow_up" else "practitioner"),
        days=of("days"),
        module=of("module"),
        form=of("form"),
        result=of("result"),
        question=of("question"),
        at_least=of("at_least"),
        at_most=of("at_most"),
        heading=None if words is None else words.heading,
        text=None if words is None else words.text,
    )


def _plan(plan: ReadyPlan) -> ReadyPlanOut:
    return ReadyPlanOut(
        code=plan.code,
        name=plan.name,
        introduction_html=html_of(plan.introduction),
        questions=[
            PlanQuestionOut(
                label=question.label,
                text=question.text,
                kind=question.kind,
                required=question.required,
                options=list(question.options),
                unit=question.unit,
                minimum=question.minimum,
                maximum=question.maximum,
            )
            for question in plan.questions
        ],
        weekdays=list(plan.schedule.weekdays),
        at=plan.schedule.at,
        every_weeks=plan.schedule.every_weeks,
        open_days=plan.schedule.open_days,
        flags=plan.flags,
        shows_results=plan.shows_results,
    )
