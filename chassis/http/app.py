"""An API of a service: its routers behind one edge, one way to refuse, a document that names each need."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Lifespan

from chassis.http import docs
from chassis.http.document import complete
from chassis.http.edge import BODY_LIMIT, Edge
from chassis.http.examples import NAME, Examples
from chassis.http.ops import PATHS, Check, ops_router
from chassis.http.permissions import Access, RememberedGrants
from chassis.http.problems import Problems
from chassis.http.routing import Route, RouteError, Router
from chassis.http.texts import CHASSIS_TEXTS, Texts
from chassis.metrics import Metrics

_DOCUMENTS = (*docs.paths(), "/openapi.json")


def create_app(
    name: str,
    routers: Sequence[Router],
    access: Access,
    *,
    metrics: Metrics | None = None,
    texts: Sequence[Path] = (),
    live: Mapping[str, Check] | None = None,
    ready: Mapping[str, Check] | None = None,
    lifespan: Lifespan[FastAPI] | None = None,
    body_limit: int = BODY_LIMIT,
) -> FastAPI:
    """The application of service `name`; `texts` are its own catalogues, `live` and `ready` its checks."""
    measured = metrics or Metrics()
    problems = Problems(Texts.load(*texts))
    app = _App(
        title=name,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # The edge makes the one server span; the framework's own would record addresses.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.access = replace(access, grants=RememberedGrants(access.grants))
    app.state.metrics = measured
    # Routes stand directly in the app (an included router would be matched twice a request) and before those of the
    # framework, which are asked for less often.
    routes = [
        route
        for router in (*routers, ops_router(measured, live=live, ready=ready))
        for route in router.routes
    ]
    for route in routes:
        if not isinstance(route, Route):
            raise RouteError(f"{route} of {name} is no chassis.http.routing.Route: declare it on a Router.")
    app.router.routes[:0] = routes
    app.router.routes.extend(docs.routes(name))
    app.problems, app.examples = problems, [file.with_name(NAME) for file in (CHASSIS_TEXTS, *texts)]
    app.edge = functools.partial(
        Edge, problems=problems, metrics=measured, body_limit=body_limit, quiet=(*PATHS, *_DOCUMENTS)
    )
    return app


class _App(FastAPI):
    edge: Callable[[ASGIApp], ASGIApp]
    problems: Problems
    examples: Sequence[Path]

    def build_middleware_stack(self) -> ASGIApp:
        """The edge alone: it answers every refusal, so the framework's own layers would only cost."""
        return self.edge(self.router)

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            routes = [route for route in self.routes if isinstance(route, Route)]
            complete(document, routes, self.problems, Examples.load(*self.examples))
            self.openapi_schema = document
        return self.openapi_schema
