"""What a program definition looks like in YAML, whole. Its parts stand beside it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.moments.programs.definitions.flag_rules import FlagRuleDefinition
from services.moments.programs.definitions.opening import OpenDefinition
from services.moments.programs.definitions.parts import Code, Markdown, Name, Part
from services.moments.programs.definitions.plans import PlanDefinition
from services.moments.programs.definitions.sections import SectionDefinition
from services.moments.programs.domain.program import Module, Paper, Program, ProgramKind, SharedWith, Step
from services.moments.programs.domain.sections import Text

_Days = Annotated[int, Field(ge=1, le=3650)]
_Codes = Annotated[list[Code], Field(max_length=50)]


class StepDefinition(Part):
    """A page of `sections`, or of one `text`; `visible: false` keeps it for the practitioner to show (R19)."""

    code: Code
    name: Name
    heading: Name | None = None
    visible: bool = True
    text: Markdown | None = None
    sections: Annotated[list[SectionDefinition], Field(min_length=1, max_length=50)] | None = None

    @model_validator(mode="after")
    def _is_written_once(self) -> "StepDefinition":
        if self.text is not None and self.sections is not None:
            raise ValueError("has text or sections, and not both")
        return self

    def as_step(self) -> Step:
        """The step it defines."""
        written = (Text(self.text),) if self.text else ()
        sections = tuple(section.as_section() for section in self.sections or ())
        return Step(self.code, self.name, self.heading, self.visible, written or sections)


class ModuleDefinition(Part):
    """A chapter; upcoming from the start unless `open_from_start` (R14, R15). `papers`: PDFs it holds (R91)."""

    code: Code
    name: Name
    summary: Markdown = ""
    open_from_start: bool = False
    days: _Days = 7
    forms: _Codes = Field(default_factory=list)
    papers: Annotated[list[Paper], Field(max_length=2)] = Field(default_factory=list)
    steps: Annotated[list[StepDefinition], Field(min_length=1, max_length=100)]

    def as_module(self) -> Module:
        """The module it defines."""
        return Module(
            code=self.code,
            name=self.name,
            open_from_start=self.open_from_start,
            days=self.days,
            steps=tuple(step.as_step() for step in self.steps),
            summary=self.summary,
            forms=tuple(self.forms),
            papers=tuple(self.papers),
        )


class ProgramDefinition(Part):
    """A whole program."""

    program: Code
    # Without leading zeros, so that no two versions have one number.
    version: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$")]
    name: Name
    kind: Literal["support", "treatment"]
    summary: Markdown
    # Who may be its practitioner and whom it suits: staff judge, nothing is checked (R24).
    guidance: Markdown = ""
    shared_with: Literal["unit", "care_giver", "region", "regions"] = "region"
    recommended_days: _Days
    messaging: bool
    # Steps are opened in order the first time (R80, D15).
    ordered_steps: bool = True
    welcome_text: Markdown
    open: OpenDefinition | None = None
    start_battery: _Codes = Field(default_factory=list)
    activity_plans: Annotated[list[PlanDefinition], Field(max_length=20)] = Field(default_factory=list)
    flags: Annotated[list[FlagRuleDefinition], Field(max_length=50)] = Field(default_factory=list)
    modules: Annotated[list[ModuleDefinition], Field(min_length=1, max_length=100)]

    def as_program(self) -> Program:
        """The program it defines."""
        return Program(
            code=self.program,
            version=self.version,
            name=self.name,
            kind=ProgramKind(self.kind),
            summary=self.summary,
            guidance=self.guidance,
            recommended_days=self.recommended_days,
            messaging=self.messaging,
            ordered_steps=self.ordered_steps,
            welcome_text=self.welcome_text,
            modules=tuple(module.as_module() for module in self.modules),
            shared_with=SharedWith(self.shared_with),
            openness=None if self.open is None else self.open.as_openness(),
            start_battery=tuple(self.start_battery),
            plans=tuple(plan.as_plan() for plan in self.activity_plans),
            flag_rules=tuple(rule.as_rule() for rule in self.flags),
        )
