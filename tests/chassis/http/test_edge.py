"""What surrounds every endpoint: traces, lines, headers, and that none of them says who or where exactly."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import structlog
from fastapi.responses import StreamingResponse
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import telemetry
from chassis.http.identity import Staff
from chassis.http.permissions import NeedsStaff, Public
from chassis.http.routing import Router
from chassis.logs import configure_logs
from chassis.metrics import Metrics
from tests.chassis.http.edge import TOLVAN, World, a_world

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _router() -> Router:
    router = Router()

    @router.get("/residents/{number}")
    async def see(number: str, caller: Annotated[Staff, NeedsStaff()]) -> dict[str, str | None]:
        return {"trace": telemetry.inject()}

    @router.delete("/residents/{number}")
    async def forget(number: str, caller: Annotated[Staff, NeedsStaff()]) -> None: ...

    @router.get("/broken", dependencies=[Public()])
    async def broken() -> None:
        raise RuntimeError(f"cannot find {TOLVAN}")

    @router.get("/torn", dependencies=[Public()])
    async def torn() -> StreamingResponse:
        async def pieces() -> Any:
            yield b"half"
            raise RuntimeError("torn")

        return StreamingResponse(pieces())

    return router


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before = (root.handlers, root.level)
    configure_logs("things", "api")
    yield written
    structlog.reset_defaults()
    root.handlers, level = before
    root.setLevel(level)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = telemetry.make_provider("things", "api", exporter)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    exporter.flush = provider.force_flush  # type: ignore[attr-defined]
    yield exporter
    provider.shutdown()


def _finished(spans: InMemorySpanExporter) -> Any:
    spans.flush()  # type: ignore[attr-defined]
    return spans.get_finished_spans()


async def test_a_request_continues_its_callers_trace_and_names_only_its_route(
    world: World, spans: InMemorySpanExporter
) -> None:
    async with world.api(_router()) as api:
        answer = await api.get(
            f"/residents/{TOLVAN}?q={TOLVAN}", headers=world.vgr.staff() | {"traceparent": PARENT}
        )

    (span,) = _finished(spans)
    assert span.name == "GET /residents/{number}"
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]
    assert answer.json()["trace"] == telemetry.traceparent(span.context)
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.route": "/residents/{number}",
        "http.response.status_code": 200,
    }
    assert span.resource.attributes["service.name"] == "things"
    assert span.resource.attributes["sob.kind"] == "api"


@pytest.mark.parametrize(
    "header", ["", "x", PARENT.replace("00-", "ff-", 1), "00-" + "0" * 32 + "-" + "0" * 16 + "-01"]
)
async def test_a_malformed_traceparent_begins_a_new_trace(
    world: World, spans: InMemorySpanExporter, header: str
) -> None:
    async with world.api(_router()) as api:
        await api.get("/residents/a", headers=world.vgr.staff() | {"traceparent": header})

    (span,) = _finished(spans)
    assert span.parent is None
    assert span.context.is_valid


async def test_an_error_marks_its_span_and_says_nothing_of_its_message(
    world: World, spans: InMemorySpanExporter
) -> None:
    async with world.api(_router()) as api:
        await api.get("/broken")

    (span,) = _finished(spans)
    assert not span.status.is_ok
    assert TOLVAN not in span.to_json()


async def test_a_line_per_request_names_route_tenant_and_trace_and_no_person(
    world: World, spans: InMemorySpanExporter, lines: io.StringIO
) -> None:
    async with world.api(_router()) as api:
        answer = await api.get(f"/residents/{TOLVAN}", headers=world.vgr.staff())
        await api.get(f"/nowhere/{TOLVAN}")

    seen, unknown = (json.loads(line) for line in lines.getvalue().splitlines() if '"request"' in line)
    assert seen["route"] == "/residents/{number}"
    assert (seen["status"], seen["tenant"], seen["method"]) == (200, "vgr", "GET")
    assert seen["trace"] == answer.json()["trace"].split("-")[1]
    assert (seen["service"], seen["kind"], seen["level"]) == ("things", "api", "info")
    assert (unknown["route"], unknown["status"], unknown["tenant"]) == ("unmatched", 404, None)
    assert TOLVAN not in lines.getvalue()
    assert "Almkvist" not in lines.getvalue()


async def test_an_error_is_logged_by_type_and_place(
    world: World, spans: InMemorySpanExporter, lines: io.StringIO
) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/broken")

    (line,) = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (line["level"], line["error"]) == ("error", "RuntimeError")
    assert "in broken" in line["where"][-1] or "broken" in line["where"][-1]
    assert line["trace"] == answer.json()["instance"]
    assert TOLVAN not in lines.getvalue()


async def test_a_half_sent_answer_is_broken_off(world: World, lines: io.StringIO) -> None:
    async with world.api(_router()) as api:
        answer = await api.get("/torn")

    assert answer.text == "half"
    assert '"RuntimeError"' in lines.getvalue()


def test_a_line_keeps_no_number_and_no_message_of_an_error(lines: io.StringIO) -> None:
    log = structlog.get_logger()

    log.warning("found", detail=f"of {TOLVAN} and 19121212-1212 and 121212+1212")
    try:
        raise ValueError(TOLVAN)
    except ValueError:
        log.exception("failed")
    logging.getLogger("some.library").error("broke on %s", TOLVAN, exc_info=ValueError(TOLVAN))

    assert "1212" not in lines.getvalue()
    assert len([json.loads(line) for line in lines.getvalue().splitlines()]) == 3


async def test_every_answer_has_the_security_headers(world: World) -> None:
    async with world.api(_router()) as api:
        answers = [await api.get(path) for path in ("/broken", "/nowhere", "/residents/a")]

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_durations_are_measured_by_route_and_status(world: World) -> None:
    metrics = Metrics()
    async with world.api(_router(), metrics=metrics) as api:
        await api.get(f"/nowhere/{TOLVAN}")
        await api.request("BREW", "/residents/a")
        shown = (await api.get("/metrics")).text

    assert 'sob_chassis_http_seconds_count{method="GET",route="unmatched",status="404"} 1.0' in shown
    assert 'method="OTHER"' in shown
    assert TOLVAN not in shown


async def test_the_document_is_served_without_a_token(world: World) -> None:
    async with world.api(_router()) as api:
        document, page = await api.get("/openapi.json"), await api.get("/docs")

    assert document.json()["paths"]["/residents/{number}"]["get"]["x-permission"] == "staff"
    assert page.status_code == 200


async def test_the_page_of_the_document_asks_no_other_server(world: World) -> None:
    async with world.api(_router()) as api:
        page = await api.get("/docs")
        named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        files = [await api.get(f"/{name}") for name in named]

    assert "http" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert [file.headers["content-type"].split(";")[0] for file in files] == [
        "text/css",
        "text/javascript",
        "text/javascript",
    ]
    assert b"SwaggerUIBundle" in files[1].content and "openapi.json" in files[2].text


@pytest.mark.parametrize("method", ["PUT", "TRACE", "OPTIONS", "QUERY"])
async def test_a_wrong_method_is_told_every_right_one(world: World, method: str) -> None:
    async with world.api(_router()) as api:
        answer = await api.request(method, f"/residents/{TOLVAN}")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "DELETE, GET, HEAD"


@pytest.mark.parametrize("path", ["/health/live", "/openapi.json", "/docs"])
async def test_a_wrong_method_on_what_is_served_quietly_is_a_problem_too(world: World, path: str) -> None:
    async with world.api(_router()) as api:
        answer = await api.post(path)

    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD"


async def test_whatever_can_be_got_can_be_asked_for_its_headers(world: World) -> None:
    async with world.api(_router()) as api:
        refused = await api.head(f"/residents/{TOLVAN}")
        answer = await api.head(f"/residents/{TOLVAN}", headers=world.vgr.staff())
        quiet = await api.head("/health/live")

    assert (refused.status_code, answer.status_code, quiet.status_code) == (401, 200, 200)
