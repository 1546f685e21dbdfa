"""What flag rules look like in YAML, by `kind` (R208 to R211)."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from services.moments.programs.definitions.parts import Code, Markdown, Name, Number, Part
from services.moments.programs.domain.flag_rules import FollowUp, Inactive, Outcome, TimeLeft, TimeOut, Words


class _Addressed(Part):
    heading: Name | None = None
    text: Markdown | None = None

    @property
    def words(self) -> Words | None:
        return None if self.heading is None or self.text is None else Words(self.heading, self.text)


class _TimeRule(_Addressed):
    audience: Literal["practitioner", "resident"] = Field("practitioner", alias="for")

    @model_validator(mode="after")
    def _has_words_for_residents(self) -> Any:
        if self.audience == "resident" and self.words is None:
            raise ValueError("what is for the resident needs heading and text")
        return self


class TimeLeftDefinition(_TimeRule):
    kind: Literal["time_left"]
    days: Annotated[int, Field(ge=0, le=3650)]

    def as_rule(self) -> TimeLeft:
        return TimeLeft(self.days, self.audience, self.words)


class TimeOutDefinition(_TimeRule):
    kind: Literal["time_out"]

    def as_rule(self) -> TimeOut:
        return TimeOut(self.audience, self.words)


class OutcomeDefinition(Part):
    kind: Literal["result"]
    form: Code
    result: Code | None = None
    question: Name | None = None
    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _tests_something(self) -> "OutcomeDefinition":
        if (self.result is None) == (self.question is None):
            raise ValueError("must name a result or a question, and not both")
        if self.at_least is None and self.at_most is None:
            raise ValueError("must have at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is above at_most")
        return self

    def as_rule(self) -> Outcome:
        return Outcome(self.form, self.result, self.question, self.at_least, self.at_most)


class InactiveDefinition(Part):
    """Required and 1 to 365 days (D25)."""

    kind: Literal["inactive"]
    days: Annotated[int, Field(ge=1, le=365)]

    def as_rule(self) -> Inactive:
        return Inactive(self.days)


class FollowUpDefinition(Part):
    kind: Literal["follow_up"]
    module: Code
    days: Annotated[int, Field(ge=0, le=365)] = 1
    # They go to the resident's inbox, where a heading is a line and a text is no page.
    heading: Annotated[str, Field(min_length=1, max_length=100)]
    text: Annotated[str, Field(min_length=1, max_length=1000)]

    def as_rule(self) -> FollowUp:
        return FollowUp(self.module, self.days, Words(self.heading, self.text))


FlagRuleDefinition = Annotated[
    TimeLeftDefinition | TimeOutDefinition | OutcomeDefinition | InactiveDefinition | FollowUpDefinition,
    Field(discriminator="kind"),
]
