"""The models of requests and answers: strict, closed and frozen.

A route validates a body from its bytes as JSON, so "5" is no number while "2026-01-31" is a date.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"[-+.0-9e]+", re.IGNORECASE)
_A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written(value: object) -> object:
    if isinstance(value, str) and _NUMBER.fullmatch(value) and not _A_DAY.fullmatch(value):
        raise PydanticCustomError("number_for_time", "Input should be a time as in RFC 3339, not a number")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        # The first and last days of the calendar: a time there may lie before or after it in UTC.
        raise PydanticCustomError(
            "time_outside_calendar", "Input should be a time that exists in UTC"
        ) from None


Day = Annotated[date, BeforeValidator(_written)]
"""A day in an address. Plainly read, a number there would be a time since 1970."""

Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""A point in time in an address, written with its offset and read in UTC, so that any database takes it."""


class Schema(BaseModel):
    """What an endpoint takes or gives."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
