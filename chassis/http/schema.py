"""The models of requests and answers: strict, closed and frozen.

A route validates a body from its bytes as JSON, so "5" is no number while "2026-01-31" is a date.
"""

import re
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"[-+.0-9e]+", re.IGNORECASE)
_A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(value: object) -> object:
    if isinstance(value, str) and _NUMBER.fullmatch(value) and not _A_DAY.fullmatch(value):
        raise PydanticCustomError("number_for_time", "Input should be a time as in RFC 3339, not a number")
    return value


Day = Annotated[date, BeforeValidator(_written)]
"""A day in an address. Plainly read, a number there would be a time since 1970."""

Instant = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A point in time in an address, with its offset."""


class Schema(BaseModel):
    """What an endpoint takes or gives."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
