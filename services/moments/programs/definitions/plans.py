"""What ready-made activity plans look like in YAML, with the bounds of the manual (R138 to R149)."""

from typing import Annotated

from pydantic import Field, model_validator

from services.moments.programs.definitions.parts import Code, Markdown, Name, Number, Part
from services.moments.programs.domain.plans import (
    PlanQuestion,
    PlanSchedule,
    QuestionKind,
    ReadyPlan,
    Unit,
    Weekday,
)


def _sunday() -> list[Weekday]:
    return ["sunday"]


class QuestionDefinition(Part):
    label: Code
    text: Name
    kind: QuestionKind
    required: bool = False
    options: Annotated[list[Name], Field(max_length=50)] = Field(default_factory=list)
    unit: Unit | None = None
    minimum: Number | None = None
    maximum: Number | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "QuestionDefinition":
        if (self.kind in {"single", "multiple", "dropdown"}) != bool(self.options):
            raise ValueError("options belong to a choice, and a choice needs options")
        if self.unit is not None and self.kind != "number":
            raise ValueError("a unit belongs to a number")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        return self

    def as_question(self) -> PlanQuestion:
        return PlanQuestion(
            self.label,
            self.text,
            self.kind,
            self.required,
            tuple(self.options),
            self.unit,
            self.minimum,
            self.maximum,
        )


class ScheduleDefinition(Part):
    """Suggested as in the manual: Sunday at 16, every week, open three days more (R147 to R149)."""

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(default_factory=_sunday)
    at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "16:00"
    every_weeks: Annotated[int, Field(ge=1, le=52)] = 1
    open_days: Annotated[int, Field(ge=0, le=30)] = 3

    def as_schedule(self) -> PlanSchedule:
        return PlanSchedule(tuple(self.weekdays), self.at, self.every_weeks, self.open_days)


class PlanDefinition(Part):
    code: Code
    name: Name
    introduction: Markdown = ""
    questions: Annotated[list[QuestionDefinition], Field(min_length=1, max_length=50)]
    schedule: ScheduleDefinition = ScheduleDefinition()
    flags: bool = False
    shows_results: bool = True

    def as_plan(self) -> ReadyPlan:
        """The plan it defines."""
        questions = tuple(question.as_question() for question in self.questions)
        return ReadyPlan(
            self.code,
            self.name,
            self.introduction,
            questions,
            self.schedule.as_schedule(),
            self.flags,
            self.shows_results,
        )
