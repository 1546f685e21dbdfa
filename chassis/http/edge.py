"""Everything around an endpoint in one pure ASGI layer: span, access line, security headers, size of bodies.

One layer instead of five, because each costs. Neither span, line nor metric says more of an address than the
route's template: the rest of it may be personal data.
"""

import time
from collections.abc import Collection, Iterable
from typing import Any

import structlog
from opentelemetry import context, trace
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.identity import Caller
from chassis.http.permissions import CALLER
from chassis.http.problems import Problems
from chassis.logs import describe
from chassis.metrics import Metrics
from chassis.telemetry import extract, under

BODY_LIMIT = 256 * 1024

SECURITY_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000"),
)
_OWN_POLICY = frozenset(name for name, _ in SECURITY_HEADERS)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNKNOWN = "unmatched"


class Edge:
    """The outermost layer of an API. Paths in `quiet` are served without span, line and metric."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        problems: Problems,
        metrics: Metrics,
        body_limit: int = BODY_LIMIT,
        quiet: Collection[str] = (),
    ) -> None:
        self._app = app
        self._problems = problems
        self._metrics = metrics
        self._limit = body_limit
        self._quiet = frozenset(quiet)
        self._tracer = trace.get_tracer("sob")
        self._log: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        if method == "HEAD":
            # The server sends no body of it: it looks at a scope of its own.
            scope = {**scope, "method": "GET"}
        if scope["path"] in self._quiet:
            await self._quietly(scope, receive, send)
            return
        began = time.perf_counter()
        exchange = _Exchange(send)
        parent, length, has_body = _told(scope["headers"])
        span = self._tracer.start_span(method, context=under(extract(parent)), kind=SpanKind.SERVER)
        token = context.attach(trace.set_span_in_context(span))
        failure: BaseException | None = None
        try:
            if length > self._limit:
                await self._problems.too_large(self._limit)(scope, receive, exchange.send)
                return
            await self._app(scope, self._limited(receive) if has_body else receive, exchange.send)
        except Exception as error:
            answer = self._problems.answer(_told_what_is_allowed(error, scope), Headers(scope=scope))
            if answer is None:
                failure = error
                answer = self._problems.unexpected()
            if exchange.status:
                # Half an answer is out already: only a broken connection can take it back.
                raise
            await answer(scope, receive, exchange.send)
        finally:
            route = getattr(scope.get("route"), "path_format", _UNKNOWN)
            status = exchange.status or 500
            seconds = time.perf_counter() - began
            if span.is_recording():
                span.update_name(f"{method} {route}")
                span.set_attributes(
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                )
                if status >= 500:
                    span.set_status(StatusCode.ERROR)
            self._metrics.observe(
                "chassis.http.seconds", seconds, method=method, route=route, status=str(status)
            )
            caller: Caller | None = scope.get(CALLER)
            told = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            self._say(told, caller.tenant if caller is not None else None, failure)
            context.detach(token)
            span.end()

    async def _quietly(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except HTTPException as error:
            answer = self._problems.answer(_told_what_is_allowed(error, scope), Headers(scope=scope))
            await (answer or self._problems.unexpected())(scope, receive, send)

    def _say(self, told: dict[str, Any], tenant: str | None, failure: BaseException | None) -> None:
        if self._log is None:
            # Bound once, after the process has set up its logs: binding costs a third of the line.
            self._log = structlog.get_logger().bind()
        if failure is None:
            self._log.info("request", tenant=tenant, **told)
            return
        self._log.error("request", tenant=tenant, **told, **describe(failure))

    def _limited(self, receive: Receive) -> Receive:
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self._limit:
                    raise HTTPException(413)
            return message

        return counted


class _Exchange:
    """Watches one answer: adds the headers that every answer has and keeps its status."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            own = {name for name, _ in headers if name in _OWN_POLICY}
            headers.extend(header for header in SECURITY_HEADERS if header[0] not in own)
            message["headers"] = headers
        await self._send(message)


def _told_what_is_allowed(error: Exception, scope: Scope) -> Exception:
    """The error; for a wrong method with every right one, of which the framework names those of one route."""
    if not isinstance(error, HTTPException) or error.status_code != 405:
        return error
    matching = [route for route in scope["app"].routes if route.matches(scope)[0] is not Match.NONE]
    # The path itself, rather than one in which a part of it could be an id.
    path = min((route.path for route in matching), key=lambda path: path.count("{"))
    allowed = {method for route in matching if route.path == path for method in route.methods}
    if "GET" in allowed:
        allowed.add("HEAD")
    return HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})


def _told(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str | None, int, bool]:
    """Traceparent, declared length, and whether a body of any kind may come."""
    parent, length, has_body = None, 0, False
    for name, value in headers:
        if name == b"content-length":
            length = int(value) if value.isdigit() else 0
            has_body = True
        elif name == b"transfer-encoding":
            has_body = True
        elif name == b"traceparent":
            parent = value.decode("latin-1")
    return parent, length, has_body
