"""What every part of a program definition has in common: closed and strict, with the same codes, names and texts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Markdown = Annotated[str, Field(max_length=20_000)]
# A whole number is a number too.
Number = Annotated[float, Field(allow_inf_nan=False, strict=False)]


class Part(BaseModel):
    """Closed, so that a misspelt field is an error and not a default."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)
