"""What each route may refuse: what it declares with `refuses`, and what follows from its shape.

The document shows every one of them, and whoever drives the API can hold it to that: a refusal that is not
declared is a fault of the route.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from chassis.changes import SavedFirstError
from chassis.errors import DomainError
from chassis.http import etags, idempotency
from chassis.http.accounts import AccountInactivatedError, AccountLockedError, RegisterUnavailableError
from chassis.http.identity import ExpiredTokenError, InvalidTokenError, MissingTokenError
from chassis.http.jwks import IssuerUnavailableError
from chassis.http.ops import PATHS
from chassis.http.paging import MalformedCursorError
from chassis.http.permissions import (
    AdministratorNeed,
    NotAdministratorError,
    PermissionMissingError,
    PermissionNeed,
    ResidentNeed,
    ResidentOnlyError,
    StaffOnlyError,
)
from chassis.http.problems import HttpError, MediaTypeNotSupportedError
from chassis.http.routing import Route
from chassis.keys import SubjectPurgedError
from chassis.mongo import UnavailableError

Refusal = type[DomainError] | type[HttpError] | Exception
"""A class, of which an example is made, or an example."""

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_DECLARED = "__refuses__"
_INVALID = RequestValidationError(
    [{"type": "missing", "loc": ("body", "id"), "msg": "Field required", "input": None}]
)
_MALFORMED = RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": "", "input": None}])


class UnexpectedError(Exception):
    """Stands for what nobody foresaw."""


def refuses(*refusals: Refusal) -> Callable[[FunctionT], FunctionT]:
    """Declare, nearest to the endpoint, what its use case may refuse: classes, or examples of what needs more."""

    def declare(endpoint: FunctionT) -> FunctionT:
        setattr(endpoint, _DECLARED, (*refusals, *getattr(endpoint, _DECLARED, ())))
        return endpoint

    return declare


def refusals_of(route: Route) -> Iterator[Refusal]:
    """Everything the route may refuse."""
    yield from getattr(route.endpoint, _DECLARED, ())
    yield from _of_need(route)
    yield from _of_shape(route)
    yield UnexpectedError()


def asks(route: Route, dependency: object) -> bool:
    """Whether the route declares this dependency."""
    return any(each.call is dependency for each in route.dependant.dependencies)


def _of_need(route: Route) -> Iterator[Refusal]:
    need = route.need
    if route.path_format in PATHS:
        return
    yield UnavailableError()
    if need.name == "public":
        return
    yield from (MissingTokenError, InvalidTokenError("is of no issuer known here"), ExpiredTokenError)
    yield IssuerUnavailableError
    match need:
        case PermissionNeed():
            yield from (StaffOnlyError, PermissionMissingError(need.name, "SE2321000131-E000000000001"))
        case AdministratorNeed():
            yield from (StaffOnlyError, NotAdministratorError)
        case ResidentNeed():
            yield from (
                ResidentOnlyError,
                AccountLockedError,
                AccountInactivatedError,
                RegisterUnavailableError,
            )
        case _:
            yield StaffOnlyError


def _of_shape(route: Route) -> Iterator[Refusal]:
    dependant = route.dependant
    if dependant.path_params:
        # Of a path that has a slash where an id stands.
        yield HTTPException(404)
    if dependant.path_params or dependant.query_params or dependant.body_params:
        yield _INVALID
    if any(each.name == "cursor" for each in dependant.query_params):
        yield MalformedCursorError
    if dependant.body_params:
        yield from (_MALFORMED, HTTPException(413), MediaTypeNotSupportedError("The body must be JSON."))
    if asks(route, etags.required_version):
        yield etags.IfMatchRequiredError
    if asks(route, etags.required_version) or asks(route, etags.optional_version):
        yield etags.MalformedIfMatchError
    if asks(route, idempotency.required_key):
        yield from (
            idempotency.IdempotencyKeyMissingError,
            idempotency.MalformedIdempotencyKeyError,
            idempotency.IdempotencyKeyReusedError,
        )
    if route.need.name != "public" and (route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
        yield SavedFirstError("mom-1 was saved by somebody else first: read it again and retry.")
        yield SubjectPurgedError
