"""What makes a program open, in YAML: its description, and the target group it suggests (R25, R27)."""

from typing import Annotated

from pydantic import Field, model_validator

from services.moments.programs.definitions.parts import Part
from services.moments.programs.domain.target import Openness, Sex, TargetGroup


class AgesDefinition(Part):
    youngest: Annotated[int, Field(ge=0, le=130)] | None = None
    oldest: Annotated[int, Field(ge=0, le=130)] | None = None

    @model_validator(mode="after")
    def _go_upwards(self) -> "AgesDefinition":
        if self.youngest is not None and self.oldest is not None and self.youngest > self.oldest:
            raise ValueError("youngest is above oldest")
        return self


class OpenDefinition(Part):
    """A program without a description cannot be open (R28)."""

    description: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"\S")]
    counties: Annotated[list[Annotated[str, Field(pattern=r"^[0-9]{2}$")]], Field(max_length=25)] = Field(
        default_factory=list
    )
    sexes: Annotated[list[Sex], Field(max_length=2)] = Field(default_factory=list)
    ages: AgesDefinition = AgesDefinition()

    def as_openness(self) -> Openness:
        """What it makes of the program."""
        group = TargetGroup(tuple(self.counties), tuple(self.sexes), self.ages.youngest, self.ages.oldest)
        return Openness(self.description, group)
