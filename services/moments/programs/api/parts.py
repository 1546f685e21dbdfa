"""Parts of a program as the API tells them: flag rules, ready-made activity plans, and what makes it open."""

from typing import Any

from chassis.http.schema import Schema
from services.moments.programs.domain.flag_rules import FlagRule
from services.moments.programs.domain.plans import ReadyPlan
from services.moments.programs.domain.target import Openness
from services.moments.programs.rendering.markdown import html_of


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


def openness_out(openness: Openness) -> OpennessOut:
    """What makes a program open."""
    group = openness.suggested
    return OpennessOut(
        description_html=html_of(openness.description),
        counties=list(group.counties),
        sexes=list(group.sexes),
        youngest=group.youngest,
        oldest=group.oldest,
    )


def rule_out(rule: FlagRule) -> FlagRuleOut:
    """A flag rule; what its kind does not have is null."""

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


def plan_out(plan: ReadyPlan) -> ReadyPlanOut:
    """A ready-made activity plan."""
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
