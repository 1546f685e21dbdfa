"""Examples of what stands in requests, answers and refusals: by the name of the field, in catalogues beside the texts.

One catalogue serves fields, parameters and arguments of refusals, so an id is the same wherever it stands. An
example of a whole body is composed of those of its fields, so it cannot fall behind its schema.
"""

import inspect
from collections.abc import Mapping
from enum import EnumType
from pathlib import Path
from typing import Any, get_type_hints

import yaml

NAME = "examples.yaml"
"""Beside `sv.yaml`: `field`, `Model.field` and `GET /path.parameter`, and `POST /path.body` and `GET /path.200`."""

_FORMATS = {"date-time": "2026-11-20T11:00:00Z", "date": "2026-11-20"}


class ExamplesError(Exception):
    """A catalogue cannot be read, or a refusal has an argument that no catalogue knows; one line."""


class MissingExample:
    """Nobody has given one."""


MISSING = MissingExample()


class Examples:
    """Examples by name; a later file replaces one of an earlier."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = dict(known)

    @staticmethod
    def load(*files: Path) -> "Examples":
        """Those of the files; one that does not exist has none."""
        known: dict[str, Any] = {}
        for file in files:
            content = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
            if not isinstance(content, dict):
                raise ExamplesError(f"{file}: must be a mapping from name to example.")
            known.update(content)
        return Examples(known)

    def of(self, name: str, owner: str = "") -> Any:
        """The example of the field `name` of the model `owner`, or MISSING."""
        return self._known.get(f"{owner}.{name}", self._known.get(name, MISSING))

    def of_own(self, name: str, owner: str) -> Any:
        """The example that was given for just this, or MISSING."""
        return self._known.get(f"{owner}.{name}", MISSING)

    def refusal(self, kind: type[Exception]) -> Exception:
        """A refusal of this class, its arguments taken by their names."""
        arguments = {}
        hints = get_type_hints(kind.__init__)
        for name, parameter in inspect.signature(kind).parameters.items():
            value = self.of(name, kind.__name__)
            if value is not MISSING:
                hint = hints.get(name)
                arguments[name] = hint(value) if isinstance(hint, EnumType) else value
            elif parameter.default is inspect.Parameter.empty and parameter.kind not in _COLLECTING:
                raise ExamplesError(f"{kind.__name__} needs {name}: add it to {NAME}, or declare an example.")
        return kind(**arguments)

    def into(self, schemas: Mapping[str, Any]) -> None:
        """Write the examples of fields into the schemas of models, in place."""
        for name, schema in schemas.items():
            owner = str(schema.get("title", name))
            for field, described in schema.get("properties", {}).items():
                example = self.of(field, owner)
                if "examples" not in described and fits(example, described, schemas):
                    described["examples"] = [example]


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "string": str,
    "array": list,
    "object": dict,
    "null": type(None),
}
_COLLECTING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def composed(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """An example of the whole from those of its parts; MISSING if a part has none."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return composed(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for either in ("anyOf", "oneOf"):
        if either in schema:
            return composed(next(each for each in schema[either] if each.get("type") != "null"), schemas)
    fixed = schema.get("const", schema.get("default", schema.get("enum", [None])[0]))
    if fixed is not None:
        return fixed
    match schema.get("type"):
        case "object":
            return _whole(
                {name: composed(each, schemas) for name, each in schema.get("properties", {}).items()}
            )
        case "array":
            item = composed(schema["items"], schemas)
            return MISSING if item is MISSING else [item]
        case "boolean":
            return True
        case _:
            return _FORMATS.get(schema.get("format", ""), MISSING)


def fits(example: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> bool:
    """Whether the schema could mean it: a name may stand for an id here and for a whole there."""
    if "$ref" in schema:
        return fits(example, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for either in ("anyOf", "oneOf"):
        if either in schema:
            return any(fits(example, each, schemas) for each in schema[either])
    if "enum" in schema or "const" in schema:
        return example in schema.get("enum", [schema.get("const")])
    kind = schema.get("type")
    if isinstance(example, list) and kind == "array":
        return all(fits(each, schema["items"], schemas) for each in example)
    return (
        kind is not None
        and isinstance(example, _TYPES[kind])
        and (kind == "boolean") is isinstance(example, bool)
    )


def _whole(parts: dict[str, Any]) -> Any:
    return MISSING if any(part is MISSING for part in parts.values()) else parts
