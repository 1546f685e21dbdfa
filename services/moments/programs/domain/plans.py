"""Ready-made activity plans: what every started moment gets as not activated (R22, R153). Here they are only kept."""

from dataclasses import dataclass
from typing import Literal

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
QuestionKind = Literal["single", "multiple", "number", "text", "dropdown", "slider", "scale"]
Unit = Literal["cm", "km", "meter", "m", "kg", "mmHg", "mmol/l", "timmar", "minuter", "st", "ggr"]


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """One thing to rate or measure (R138 to R141); a measured value has a unit and bounds of its own."""

    label: str
    text: str
    kind: QuestionKind
    required: bool = False
    options: tuple[str, ...] = ()
    unit: Unit | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class PlanSchedule:
    """On these weekdays at this civil time, every so many weeks, open so many days more (R144 to R149, D43)."""

    weekdays: tuple[Weekday, ...]
    at: str
    every_weeks: int
    open_days: int


@dataclass(frozen=True, slots=True)
class ReadyPlan:
    """`flags`: what is filled in raises a flag (R142); `shows_results`: the resident sees the diagram (R143)."""

    code: str
    name: str
    introduction: str
    questions: tuple[PlanQuestion, ...]
    schedule: PlanSchedule
    flags: bool
    shows_results: bool
