"""Every refusal leaves as RFC 9457 `application/problem+json`, decided by one table from category to status.

An answer never repeats what was sent: neither values nor unknown names that could be values.
"""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.errors import (
    ConflictError,
    DomainError,
    DuplicateKeyError,
    Field,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
    UnauthenticatedError,
    code_of,
)
from chassis.http.texts import Texts
from chassis.mongo import UnavailableError

STATUS: Mapping[type[DomainError], int] = MappingProxyType(
    {
        NotFoundError: 404,
        ForbiddenError: 403,
        ConflictError: 409,
        InvalidError: 422,
        StaleError: 409,
        DuplicateKeyError: 409,
        UnauthenticatedError: 401,
    }
)

# What the framework itself refuses, and what only HTTP knows.
_CODES: Mapping[int, str] = MappingProxyType(
    {
        400: "malformed",
        404: "route-not-found",
        405: "method-not-allowed",
        413: "body-too-large",
        415: "media-type-not-supported",
    }
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


class HttpError(Exception):
    """A refusal that only HTTP knows; a subclass says its status. The text never repeats what was sent."""

    status = 400

    def __init__(self, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.headers = headers

    @property
    def code(self) -> str:
        return code_of(type(self).__name__)


class MediaTypeNotSupportedError(HttpError):
    status = 415


class ServiceUnavailableError(HttpError):
    """Something this process needs does not answer; it may heal."""

    status = 503


def problem(
    status: int,
    code: str,
    detail: str,
    text: str,
    *,
    headers: Mapping[str, str] | None = None,
    fields: Mapping[str, Field] | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> Response:
    """The answer itself; `instance` is the trace in which it happened."""
    content: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": f"{trace.get_current_span().get_span_context().trace_id:032x}",
        "code": code,
        "text": text,
    }
    if fields:
        content["fields"] = dict(fields)
    if errors is not None:
        content["errors"] = list(errors)
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, dict(headers or {}), "application/problem+json")


class Problems:
    """Turns refusals into answers, with texts of one service."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def answer(self, error: Exception, headers: Mapping[str, str]) -> Response | None:
        """The answer to a refusal, by the headers of its request; None for what nobody foresaw."""
        match error:
            case DomainError():
                return self._refused(error, headers)
            case HttpError():
                text = self._texts.of(error.code, _status_code(error.status))
                return problem(error.status, error.code, error.text, text, headers=error.headers)
            case RequestValidationError():
                return self._invalid(error)
            case HTTPException(status_code=status):
                code = _CODES.get(status, _status_code(status))
                detail = f"{HTTPStatus(status).description or HTTPStatus(status).phrase}."
                return problem(status, code, detail, self._texts.of(code), headers=error.headers)
            case UnavailableError():
                code, detail = (
                    "service-unavailable",
                    "Something this service needs does not answer: try again.",
                )
                return problem(503, code, detail, self._texts.of(code), headers={"Retry-After": "5"})
            case _:
                return None

    def _refused(self, error: DomainError, asked: Mapping[str, str]) -> Response:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        headers: dict[str, str] = {}
        if isinstance(error, StaleError) and "if-match" in asked:
            status = 412
        if isinstance(error, UnauthenticatedError):
            invalid = ', error="invalid_token"' if "authorization" in asked else ""
            headers["WWW-Authenticate"] = f'Bearer realm="sob"{invalid}'
        codes = [kind.code for kind in type(error).__mro__ if issubclass(kind, DomainError)]
        text = self._texts.of(*codes, **error.fields)
        return problem(status, error.code, error.text, text, headers=headers, fields=error.fields)

    def _invalid(self, error: RequestValidationError) -> Response:
        faults = error.errors()
        if any(fault["type"] == "json_invalid" for fault in faults):
            return problem(400, "malformed", "The body is not JSON.", self._texts.of("malformed"))
        errors = [{"pointer": _pointer(fault), "reason": _reason(fault)} for fault in faults]
        detail = "The request is not what the schema says: see errors."
        return problem(422, "invalid", detail, self._texts.of("invalid"), errors=errors)

    def too_large(self, limit: int) -> Response:
        """For a body that says beforehand that it is too large."""
        code = _CODES[413]
        return problem(413, code, f"The body is larger than {limit} bytes: send less.", self._texts.of(code))

    def unexpected(self) -> Response:
        """For what is our fault: the trace id is all that may be told."""
        return problem(500, "unexpected", "Something is wrong on our side.", self._texts.of("unexpected"))


def _status_code(status: int) -> str:
    return re.sub(r"[^a-z]+", "-", HTTPStatus(status).phrase.lower())


def _pointer(fault: Mapping[str, Any]) -> str:
    return "".join(f"/{part if _may_be_told(part) else '*'}" for part in fault["loc"])


def _may_be_told(part: object) -> bool:
    # A name that is not in the schema is the sender's own, and could be a personal identity number.
    return isinstance(part, int) or (
        isinstance(part, str) and _NAME.fullmatch(part.replace("-", "_")) is not None
    )


def _reason(fault: Mapping[str, Any]) -> str:
    context = fault.get("ctx", {})
    if fault["type"] == "union_tag_invalid":
        return f"Input should have one of the tags {context.get('expected_tags', '')}"
    reason = str(fault["msg"])
    given = fault.get("input")
    quoted = isinstance(given, str | int | float) and len(str(given)) > 2 and str(given) in reason
    return str(fault["type"]).replace("_", " ") if quoted or "error" in context else reason
