"""Routes that refuse early: one without exactly one need cannot be built, and none reads a body before admission.

Bodies are validated from the bytes that came, so that strict models are read as JSON. Caller and body are handed to the
endpoint directly: a layer of dependencies costs as much as the rest of the edge.
"""

import copy
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, get_type_hints

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.permissions import CALLER, Access, Need
from chassis.http.problems import MediaTypeNotSupportedError

_JSON = "application/json"
_REQUEST = "__request"
# Where the framework looks for what closes files and dependencies.
_STACKS = ("fastapi_middleware_astack", "fastapi_inner_astack", "fastapi_function_astack")


class RouteError(Exception):
    """A route cannot be served as it is declared."""


class RouteWithoutNeedError(RouteError):
    """A route declares no need, or several."""

    def __init__(self, path: str, count: int) -> None:
        super().__init__(
            f"{path} declares {count} needs: declare exactly one with Needs(...), NeedsAdministrator(), "
            "NeedsStaff(), NeedsResident() or Public()."
        )


class Route(APIRoute):
    """A route with one need."""

    need: Need

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _within_one_stack(self._handler)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        self.need = need = _need_of(self.path, self.dependant)
        handle = self._framework_handler()
        has_body = self.body_field is not None

        async def admit_and_handle(request: Request) -> Response:
            scope = request.scope
            access: Access = scope["app"].state.access
            headers = request.headers
            scope[CALLER] = await need.admit(access, headers.get("authorization"))
            if has_body and not _is_json(headers.get("content-type", _JSON)):
                raise MediaTypeNotSupportedError(f"The body must be JSON: send Content-Type: {_JSON}.")
            return await handle(request)

        self._handler = admit_and_handle
        return admit_and_handle

    def _framework_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler for what is left when caller and body are handed over here."""
        declared, body_field = self.dependant, self.body_field
        endpoint = declared.call
        if not inspect.iscoroutinefunction(endpoint):
            raise RouteError(
                f"{self.path} is served by a plain function, which would need a thread: write async def."
            )
        lean = copy.copy(declared)
        asking = {each.name: each.call for each in declared.dependencies if each.name and _asks_request(each)}
        lean.dependencies = [
            each
            for each in declared.dependencies
            if not isinstance(each.call, Need) and each.name not in asking
        ]
        lean.request_param_name = declared.request_param_name or _REQUEST
        caller = next(each.name for each in declared.dependencies if isinstance(each.call, Need))
        body = _the_body(declared, embedded=self._embed_body_fields)
        if body is not None:
            lean.body_params = []
            self.body_field = None
        lean.call = _handing_over(endpoint, declared.request_param_name, caller, asking, body)
        self.dependant = lean
        try:
            return super().get_route_handler()
        finally:
            self.dependant, self.body_field = declared, body_field


class Router(APIRouter):
    """A router all of whose routes declare their need."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=Route, redirect_slashes=False, **options)


def needs_of(app: FastAPI) -> Iterator[tuple[str, str, Need | None]]:
    """Method, path and need of every route of the app; None where a route declares none."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield method, route.path_format, route.need if isinstance(route, Route) else None


def _need_of(path: str, dependant: Dependant) -> Need:
    needs = [each.call for each in dependant.dependencies if isinstance(each.call, Need)]
    if len(needs) != 1:
        raise RouteWithoutNeedError(path, len(needs))
    return needs[0]


@dataclass(frozen=True, slots=True)
class _Body:
    name: str
    adapter: TypeAdapter[Any]

    async def read(self, request: Request) -> Any:
        """The body as its model. Raises RequestValidationError."""
        sent = await request.body()
        if not sent:
            raise RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "Field required"}])
        try:
            return self.adapter.validate_json(sent)
        except ValidationError as error:
            faults = error.errors(include_url=False)
            raise RequestValidationError(
                [{**each, "loc": ("body", *each["loc"])} for each in faults]
            ) from None


def _the_body(dependant: Dependant, *, embedded: bool) -> _Body | None:
    """The body, if it is one required JSON value; the framework reads any other."""
    if embedded or len(dependant.body_params) != 1 or dependant.call is None:
        return None
    field = dependant.body_params[0]
    if isinstance(field.field_info, Form) or not field.field_info.is_required():
        return None
    return _Body(field.name, TypeAdapter(get_type_hints(dependant.call, include_extras=True)[field.name]))


def _asks_request(dependant: Dependant) -> bool:
    """Whether a dependency is a coroutine that takes the request and nothing else: it needs no framework to call it."""
    nothing = not any(
        (
            dependant.path_params,
            dependant.query_params,
            dependant.header_params,
            dependant.cookie_params,
            dependant.body_params,
            dependant.dependencies,
            dependant.response_param_name,
            dependant.http_connection_param_name,
            dependant.background_tasks_param_name,
            dependant.security_scopes_param_name,
        )
    )
    return (
        nothing and dependant.request_param_name is not None and inspect.iscoroutinefunction(dependant.call)
    )


def _handing_over(
    endpoint: Callable[..., Awaitable[Any]],
    request_name: str | None,
    caller: str | None,
    asking: Mapping[str, Any],
    body: _Body | None,
) -> Callable[..., Awaitable[Any]]:
    async def call(**values: Any) -> Any:
        request = values[request_name] if request_name else values.pop(_REQUEST)
        if caller is not None:
            values[caller] = request.scope[CALLER]
        for name, ask in asking.items():
            values[name] = await ask(request)
        if body is not None:
            values[body.name] = await body.read(request)
        return await endpoint(**values)

    return call


def _within_one_stack(handler: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    """An endpoint's application. What its dependencies opened is closed when the answer has been sent."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            for name in _STACKS:
                scope[name] = stack
            response = await handler(Request(scope, receive, send))
            await response(scope, receive, send)

    return app


def _is_json(content_type: str) -> bool:
    if content_type == _JSON:
        return True
    media = content_type.partition(";")[0].strip().lower()
    return media == _JSON or (media.startswith("application/") and media.endswith("+json"))
