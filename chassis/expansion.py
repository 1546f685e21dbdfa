"""`${NAME}` in a file that people write is taken from the environment; what is not set is named with its field."""

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class UnsetVariableError(Exception):
    """A file asks for a variable the environment does not have."""

    def __init__(self, field: str, name: str) -> None:
        super().__init__(f"{field}: the environment has no {name}: set it")


def expanded(value: Any, environment: Mapping[str, str], field: str = "") -> Any:
    """The value with every variable of its texts put in, at any depth. Raises UnsetVariableError."""
    match value:
        case dict():
            return {
                key: expanded(inner, environment, f"{field}.{key}".lstrip("."))
                for key, inner in value.items()
            }
        case list():
            return [expanded(inner, environment, f"{field}.{at}") for at, inner in enumerate(value)]
        case str():
            return _VARIABLE.sub(lambda variable: _value_of(variable[1], environment, field), value)
        case _:
            return value


def _value_of(name: str, environment: Mapping[str, str], field: str) -> str:
    if name not in environment:
        raise UnsetVariableError(field, name)
    return environment[name]
