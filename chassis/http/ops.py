"""What operations ask a process, API or worker: does it live, is it ready, and what does it measure.

Alive means progress: a process that fails it is restarted. Ready means that what it needs answers now.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from chassis.http.permissions import Public
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.metrics import Metrics

Check = Callable[[], Awaitable[None]]
"""Returns when all is well and raises when it is not."""

PATHS = ("/health/live", "/health/ready", "/metrics")
_CHECK_SECONDS = 3.0


class Report(Schema):
    """What was looked at, and `ok` or the kind of error."""

    status: Literal["ok", "failing"]
    checks: dict[str, str]


_REPORTS: dict[int | str, dict[str, Any]] = {503: {"model": Report, "description": "Failing."}}


def ops_router(
    metrics: Metrics, *, live: Mapping[str, Check] | None = None, ready: Mapping[str, Check] | None = None
) -> APIRouter:
    """The routes, to stand in an API."""
    router = Router(tags=["operations"], dependencies=[Public()])

    @router.get("/health/live", response_model=Report, responses=_REPORTS, summary="Does it progress")
    async def lives() -> Response:
        return await _answer(live or {})

    @router.get(
        "/health/ready", response_model=Report, responses=_REPORTS, summary="Does what it needs answer"
    )
    async def is_ready() -> Response:
        return await _answer({**(live or {}), **(ready or {})})

    @router.get("/metrics", include_in_schema=False)
    async def measures() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def create_ops_app(
    metrics: Metrics, *, live: Mapping[str, Check] | None = None, ready: Mapping[str, Check] | None = None
) -> FastAPI:
    """The routes as an application of their own, for workers."""
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.access = None
    app.router.routes.extend(ops_router(metrics, live=live, ready=ready).routes)
    return app


async def _answer(checks: Mapping[str, Check]) -> Response:
    outcomes = await asyncio.gather(*(_fails(check) for check in checks.values()))
    report = dict(zip(checks, outcomes, strict=True))
    well = not any(report.values())
    content = {
        "status": "ok" if well else "failing",
        "checks": {name: error or "ok" for name, error in report.items()},
    }
    return JSONResponse(content, 200 if well else 503, {"Cache-Control": "no-store"})


async def _fails(check: Check) -> str | None:
    # gather turns the exception into a value; its type is told, its message may quote anything.
    (outcome,) = await asyncio.gather(_within_time(check), return_exceptions=True)
    if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
        raise outcome
    return type(outcome).__name__ if isinstance(outcome, Exception) else None


async def _within_time(check: Check) -> None:
    async with asyncio.timeout(_CHECK_SECONDS):
        await check()
