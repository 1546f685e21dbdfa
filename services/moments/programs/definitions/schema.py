"""What a program definition looks like in YAML: closed, so that a misspelt field is an error and not a default."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.moments.programs.domain.program import Module, Program, ProgramKind, Step

_Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Text = Annotated[str, Field(max_length=20_000)]
_Days = Annotated[int, Field(ge=1, le=3650)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


class StepDefinition(_Part):
    """A page; `visible: false` keeps it for the practitioner to show (R19)."""

    code: _Code
    name: _Name
    heading: _Name | None = None
    visible: bool = True
    text: _Text = ""


class ModuleDefinition(_Part):
    """A chapter; upcoming from the start unless `open_from_start` (R14, R15)."""

    code: _Code
    name: _Name
    open_from_start: bool = False
    days: _Days = 7
    steps: Annotated[list[StepDefinition], Field(min_length=1, max_length=100)]


class ProgramDefinition(_Part):
    """A whole program."""

    program: _Code
    version: Annotated[str, Field(pattern=r"^\d{1,4}\.\d{1,4}$")]
    name: _Name
    kind: Literal["support", "treatment"]
    summary: _Text
    # Who may be its practitioner and whom it suits: staff judge, nothing is checked (R24).
    guidance: _Text = ""
    recommended_days: _Days
    messaging: bool
    # Steps are opened in order the first time (R80, D15).
    ordered_steps: bool = True
    welcome_text: _Text
    modules: Annotated[list[ModuleDefinition], Field(min_length=1, max_length=100)]

    def as_program(self) -> Program:
        """The program it defines."""
        modules = tuple(
            Module(
                module.code,
                module.name,
                module.open_from_start,
                module.days,
                tuple(
                    Step(step.code, step.name, step.heading, step.visible, step.text) for step in module.steps
                ),
            )
            for module in self.modules
        )
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
            modules=modules,
        )
