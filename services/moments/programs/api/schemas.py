"""What the API tells of programs and their releases."""

from datetime import datetime

from chassis.http.schema import Schema
from services.moments.programs.api.parts import (
    FlagRuleOut,
    OpennessOut,
    ReadyPlanOut,
    openness_out,
    plan_out,
    rule_out,
)
from services.moments.programs.api.sections import SectionOut, sections_out
from services.moments.programs.domain.program import Module, Program
from services.moments.programs.domain.release import Release
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
    """How far a version has come. `approved_for`: care givers by organisation number, null is every one (R32).

    `regions`: other regions that have it; `from_region`: the one that this region has it from (R38).
    """

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
    regions: list[str]
    from_region: str | None


class ReadProgramOut(ProgramOut):
    """A version of a program, whole, and how far it has come."""

    state: str
    owner_unit_id: str
    from_region: str | None
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
        regions=sorted(release.regions),
        from_region=release.from_region,
    )


def read_program_out(release: Release) -> ReadProgramOut:
    """A release with its content."""
    return ReadProgramOut(
        **dict(program_out(release.program)),
        state=release.state.value,
        owner_unit_id=release.owner_unit,
        from_region=release.from_region,
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
        open=None if program.openness is None else openness_out(program.openness),
        start_battery=list(program.start_battery),
        activity_plans=[plan_out(plan) for plan in program.plans],
        flags=[rule_out(rule) for rule in program.flag_rules],
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
