"""Holds an API to its document in every test that drives it: what it refuses, the document shows."""

from functools import cached_property

import httpx
from fastapi import FastAPI
from starlette.routing import Match

from chassis.http.document import MEDIA_TYPE
from chassis.http.routing import Route

# Of the address, the method and the size: refused before there is an operation.
_OF_NO_ROUTE = frozenset({"route-not-found", "method-not-allowed", "body-too-large"})
_KNOWN: dict[str, dict[tuple[str, str], set[tuple[int, str]]]] = {}


class UndocumentedError(AssertionError):
    """A test fails by it."""

    def __init__(self, method: str, path: str, status: int, code: str) -> None:
        super().__init__(
            f"{method} {path} answered {status} {code}, which its route does not name: add it to @refuses(...)."
        )


class Documented:
    """The document of the app of a service, read once however many apps of it there are."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def check(self, answer: httpx.Response) -> None:
        """Raises UndocumentedError."""
        if answer.headers.get("content-type") != MEDIA_TYPE:
            return
        await answer.aread()
        path, code = self._path(answer.request), answer.json()["code"]
        place, refusal = (answer.request.method, path), (answer.status_code, code)
        if code not in _OF_NO_ROUTE and refusal not in self._codes.get(place, {refusal}):
            raise UndocumentedError(*place, *refusal)

    def _path(self, request: httpx.Request) -> str:
        scope = {"type": "http", "method": request.method, "path": request.url.path, "root_path": ""}
        for route in self._app.routes:
            if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
                return route.path_format
        return ""

    @cached_property
    def _codes(self) -> dict[tuple[str, str], set[tuple[int, str]]]:
        if self._app.title not in _KNOWN:
            _KNOWN[self._app.title] = {
                (method.upper(), path): {
                    (int(status), code)
                    for status, answer in operation["responses"].items()
                    if MEDIA_TYPE in answer.get("content", {})
                    for code in answer["content"][MEDIA_TYPE]["schema"]["allOf"][1]["properties"]["code"][
                        "enum"
                    ]
                }
                for path, methods in self._app.openapi()["paths"].items()
                for method, operation in methods.items()
            }
        return _KNOWN[self._app.title]
