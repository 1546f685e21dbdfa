"""When a message may change within its version: what was written can still be read, and the other way round.

A writer is closed (it writes what its schema names and nothing else), a reader is open. So a change is compatible
when the closed old schema is a subset of the open new one, and the closed new one of the open old one: topics hold
old messages for days, and regions read with old readers for years. `jsoncompat` decides it, except for patterns,
which it does not compare: a pattern stays as it is.
"""

import json
from collections.abc import Iterator
from typing import Any

from jsoncompat import check_compat

Schema = dict[str, Any]


def breaks(old: Schema, new: Schema) -> list[str]:
    """Why the change is incompatible; empty when it is not."""
    found = []
    if not _is_subset(closed(old), opened(new)):
        found.append("a new reader would refuse what was written before")
    if not _is_subset(closed(new), opened(old)):
        found.append("an old reader would refuse what is written from now on")
    return [*found, *_moved_patterns(old, new)]


def closed(schema: Schema) -> Schema:
    """The schema of a writer: no field that it does not name, in nested objects either."""
    made: Schema = _each_object(schema, {"additionalProperties": False})
    return made


def opened(schema: Schema) -> Schema:
    """The schema of a reader: fields it does not name are no fault."""
    made: Schema = _each_object(schema, {"additionalProperties": True})
    return made


def _is_subset(smaller: Schema, larger: Schema) -> bool:
    return bool(check_compat(json.dumps(smaller), json.dumps(larger), "deserializer"))


def _each_object(schema: Any, extra: Schema) -> Any:
    if isinstance(schema, list):
        return [_each_object(part, extra) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {name: _each_object(part, extra) for name, part in schema.items()}
    return {**copied, **extra} if schema.get("type") == "object" and "properties" in schema else copied


def _moved_patterns(old: Schema, new: Schema) -> Iterator[str]:
    before, after = dict(_patterns(old, "")), dict(_patterns(new, ""))
    for path in sorted(before.keys() & after.keys()):
        if before[path] != after[path]:
            yield f"the pattern of {path} is another"


def _patterns(schema: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(schema, dict):
        if schema.get("type") == "string":
            yield path, str(schema.get("pattern", ""))
        for name, part in schema.items():
            yield from _patterns(part, f"{path}/{name}")
    elif isinstance(schema, list):
        for place, part in enumerate(schema):
            yield from _patterns(part, f"{path}/{place}")
