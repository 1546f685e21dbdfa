"""What the API tells of programs."""

from datetime import datetime

from chassis.http.schema import Schema
from services.moments.programs.domain.program import Program
from services.moments.programs.domain.release import Release


class ReleaseOut(Schema):
    """How far a version has come."""

    program_id: str
    version: str
    name: str
    state: str
    uploaded_at: datetime
    published_at: datetime | None


class StepOut(Schema):
    code: str
    name: str
    heading: str | None
    visible: bool
    text: str


class ModuleOut(Schema):
    code: str
    name: str
    open_from_start: bool
    days: int
    steps: list[StepOut]


class ProgramOut(Schema):
    """A version of a program, whole."""

    program_id: str
    version: str
    name: str
    kind: str
    summary: str
    guidance: str
    recommended_days: int
    messaging: bool
    ordered_steps: bool
    welcome_text: str
    modules: list[ModuleOut]


def release_out(release: Release) -> ReleaseOut:
    """A release as the API tells it."""
    return ReleaseOut(
        program_id=release.program.code,
        version=release.program.version,
        name=release.program.name,
        state=release.state.value,
        uploaded_at=release.uploaded_at,
        published_at=release.published_at,
    )


def program_out(program: Program) -> ProgramOut:
    """A program as the API tells it."""
    modules = [
        ModuleOut(
            code=module.code,
            name=module.name,
            open_from_start=module.open_from_start,
            days=module.days,
            steps=[
                StepOut(
                    code=step.code,
                    name=step.name,
                    heading=step.heading,
                    visible=step.visible,
                    text=step.text,
                )
                for step in module.steps
            ],
        )
        for module in program.modules
    ]
    return ProgramOut(
        program_id=program.code,
        version=program.version,
        name=program.name,
        kind=program.kind.value,
        summary=program.summary,
        guidance=program.guidance,
        recommended_days=program.recommended_days,
        messaging=program.messaging,
        ordered_steps=program.ordered_steps,
        welcome_text=program.welcome_text,
        modules=modules,
    )
