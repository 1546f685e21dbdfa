"""Routes that refuse early: one without exactly one need cannot be built, and none reads a body before admission.

Bodies go to their schema as the bytes that came, so that strict models are validated as JSON.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.permissions import CALLER, Access, Need
from chassis.http.problems import MediaTypeNotSupportedError
from chassis.http.schema import Schema

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


class _BytesRequest(Request):
    """Hands the body on unparsed: the schema's own JSON parser is the only one that reads it."""

    async def json(self) -> Any:
        return await self.body()


class Route(APIRoute):
    """A route with one need."""

    need: Need

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _within_one_stack(self._handler)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        self.need = need = _take_need(self.path, self.dependant)
        handle = super().get_route_handler()
        has_body = self.body_field is not None
        reads_bytes = has_body and not self._embed_body_fields and _takes_a_schema(self.dependant)

        async def admit_and_handle(request: Request) -> Response:
            scope = request.scope
            access: Access = scope["app"].state.access
            headers = request.headers
            scope[CALLER] = await need.admit(access, headers.get("authorization"))
            if has_body:
                if not _is_json(headers.get("content-type", "application/json")):
                    raise MediaTypeNotSupportedError(
                        "The body must be JSON: send Content-Type: application/json."
                    )
                if reads_bytes:
                    request = _BytesRequest(scope, request.receive)
            return await handle(request)

        self._handler = admit_and_handle
        return admit_and_handle


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


def _take_need(path: str, dependant: Dependant) -> Need:
    """The need of a route, taken out of its dependencies: the caller is handed over without another layer."""
    needed = [each for each in dependant.dependencies if isinstance(each.call, Need)]
    if len(needed) != 1:
        raise RouteWithoutNeedError(path, len(needed))
    endpoint = dependant.call
    if not inspect.iscoroutinefunction(endpoint):
        raise RouteError(f"{path} is served by a plain function, which would need a thread: write async def.")
    dependant.dependencies.remove(needed[0])
    if needed[0].name is not None:
        _hand_over_caller(dependant, endpoint, needed[0].name)
    need = needed[0].call
    assert isinstance(need, Need)
    return need


def _hand_over_caller(dependant: Dependant, endpoint: Callable[..., Awaitable[Any]], name: str) -> None:
    given = dependant.request_param_name
    dependant.request_param_name = given or _REQUEST

    async def call(**values: Any) -> Any:
        request = values[given] if given else values.pop(_REQUEST)
        values[name] = request.scope[CALLER]
        return await endpoint(**values)

    dependant.call = call


def _within_one_stack(handler: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    """An endpoint's application. What its dependencies opened is closed when the answer has been sent."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            for name in _STACKS:
                scope[name] = stack
            response = await handler(Request(scope, receive, send))
            await response(scope, receive, send)

    return app


def _takes_a_schema(dependant: Dependant) -> bool:
    kind = dependant.body_params[0].field_info.annotation if len(dependant.body_params) == 1 else None
    return isinstance(kind, type) and issubclass(kind, Schema)


def _is_json(content_type: str) -> bool:
    media = content_type.partition(";")[0].strip().lower()
    return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))
