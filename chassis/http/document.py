"""What the OpenAPI document says beyond the routes: needs, headers, every refusal of each, and examples of it all.

It is completed once, when it is first asked for; a request pays nothing for it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from chassis.http import etags, idempotency
from chassis.http.examples import MISSING, Examples, composed, fits
from chassis.http.problems import Problems
from chassis.http.refusals import asks, refusals_of
from chassis.http.routing import Route

_TEXT = {"type": "string"}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). `instance` is the trace in which it happened, `text` is for people.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "text"],
    "properties": {
        **{name: dict(_TEXT) for name in ("type", "title", "detail", "instance", "code", "text")},
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
MEDIA_TYPE = "application/problem+json"
_INSTANCE = "4bf92f3577b34da6a3ce929d0e0e4736"
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
_BODY_HEADERS = frozenset({"content-length", "content-type"})


def _header(name: str, pattern: str, example: str, what: str, *, required: bool) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern, "maxLength": 255}
    parts = {"description": what, "required": required, "schema": schema, "example": example}
    return {"name": name, "in": "header", **parts}


_VERSION = (f"^{etags.VERSION}$", '"1"', "The ETag that was read.")
_HEADERS = (
    (etags.required_version, _header("If-Match", *_VERSION, required=True)),
    (etags.optional_version, _header("If-Match", *_VERSION, required=False)),
    (
        idempotency.required_key,
        _header(
            "Idempotency-Key",
            "^[!-~]([ -~]*[!-~])?$",
            "5f0c6a3e-8a52-4a0e-9b7e-0f3f4f1f2c11",
            "New for each request; a repeated one gets the first answer again.",
            required=True,
        ),
    ),
)


def complete(
    document: dict[str, Any], routes: Iterable[Route], problems: Problems, examples: Examples
) -> None:
    """Write what the framework does not know into its document, in place."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    examples.into(schemas)
    schemas["Problem"] = PROBLEM
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    told = components.setdefault("examples", {})
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is None:
                continue
            need = route.need.name
            operation["x-permission"] = need
            operation["security"] = [] if need == "public" else [{"bearer": []}]
            answers = operation["responses"]
            answers.pop("422", None)
            _exemplify(f"{method} {route.path_format}", operation, schemas, examples)
            for asked, header in _HEADERS:
                if asks(route, asked):
                    operation.setdefault("parameters", []).append(header)
            refused = _refused(route, problems, examples)
            for status in sorted(refused):
                told.update(refused[status].examples)
                answers[str(status)] = refused[status].described()


class _Refused:
    """The refusals of one status."""

    def __init__(self) -> None:
        self.examples: dict[str, dict[str, Any]] = {}
        self.codes: list[str] = []
        self.headers: list[set[str]] = []

    def add(self, answer: Response) -> None:
        body = {**json.loads(bytes(answer.body)), "instance": _INSTANCE}
        if body["code"] in self.codes:
            return
        self.codes.append(body["code"])
        name = f"{body['status']}-{body['code']}"
        self.examples[name] = {"summary": body["text"], "value": body}
        self.headers.append({_written(header) for header in answer.headers if header not in _BODY_HEADERS})

    def described(self) -> dict[str, Any]:
        codes = sorted(self.codes)
        types = [f"/problems/{code}" for code in codes]
        named = {"properties": {"code": {"enum": codes}, "type": {"enum": types}}}
        content = {
            "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, named]},
            "examples": {name: {"$ref": f"#/components/examples/{name}"} for name in sorted(self.examples)},
        }
        described: dict[str, Any] = {
            "description": f"Refused: {', '.join(codes)}.",
            "content": {MEDIA_TYPE: content},
        }
        if any(self.headers):
            always = set.intersection(*self.headers)
            described["headers"] = {
                name: {"schema": _TEXT, "required": name in always}
                for name in sorted(set.union(*self.headers))
            }
        return described


def _refused(route: Route, problems: Problems, examples: Examples) -> Mapping[int, _Refused]:
    asked = {"authorization": "Bearer"}
    if any(asks(route, dependency) for dependency in (etags.required_version, etags.optional_version)):
        asked["if-match"] = '"1"'
    refused: dict[int, _Refused] = defaultdict(_Refused)
    for refusal in refusals_of(route):
        error = examples.refusal(refusal) if isinstance(refusal, type) else refusal
        answer = problems.answer(error, asked) or problems.unexpected()
        refused[answer.status_code].add(answer)
    return refused


def _exemplify(name: str, operation: dict[str, Any], schemas: Mapping[str, Any], examples: Examples) -> None:
    for parameter in operation.get("parameters", ()):
        example = examples.of(parameter["name"], name)
        if not fits(example, parameter["schema"], schemas):
            example = composed(parameter["schema"], schemas)
        if example is not MISSING:
            parameter.setdefault("example", example)
    bodies = {"body": operation.get("requestBody", {}), **operation["responses"]}
    for part, body in bodies.items():
        for media in body.get("content", {}).values():
            example = examples.of_own(part, name)
            if example is MISSING:
                example = composed(media.get("schema", {}), schemas)
            if example is not MISSING and "examples" not in media:
                media.setdefault("example", example)


def _written(header: str) -> str:
    return header.title().replace("Www", "WWW")
