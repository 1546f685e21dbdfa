"""The models of requests and answers: strict, closed and frozen.

A route validates a body from its bytes as JSON, so "5" is no number while "2026-01-31" is a date.
"""

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """What an endpoint takes or gives."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
