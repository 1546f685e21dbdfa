"""What the OpenAPI document says beyond the routes: each one's need, and that every refusal is a problem."""

from collections.abc import Iterable
from typing import Any

from chassis.http.permissions import Need

_TEXT = {"type": "string"}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). `instance` is the trace in which it happened, `text` is for people.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "text"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail", "instance", "code", "text"), _TEXT),
        "status": {"type": "integer"},
        "fields": {"type": "object", "additionalProperties": True},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "reason"],
                "properties": {"pointer": _TEXT, "reason": _TEXT},
            },
        },
    },
}
_REFUSED = {
    "description": "Refused.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")


def complete(document: dict[str, Any], needs: Iterable[tuple[str, str, Need | None]]) -> None:
    """Write needs and problems into the framework's document, in place."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for method, path, need in needs:
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is None or need is None:
            continue
        operation["x-permission"] = need.name
        operation["security"] = [] if need.name == "public" else [{"bearer": []}]
        answers = operation["responses"]
        answers.pop("422", None)
        answers["default"] = _REFUSED
