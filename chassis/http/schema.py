"""The models of requests and answers: strict, closed and frozen.

A request's body is validated from its bytes as JSON, so "5" is no number while "2026-01-31" is a date.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Schema(BaseModel):
    """What an endpoint takes or gives. `model_validate` takes the bytes of a body as well as values."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)

        def read(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, bytes):
                return cls.__pydantic_validator__.validate_json(value)
            return validate(value)

        return core_schema.json_or_python_schema(
            json_schema=schema, python_schema=core_schema.no_info_wrap_validator_function(read, schema)
        )
