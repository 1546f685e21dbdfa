"""Traces that are carried on, and metrics that have names."""

from collections.abc import Iterator
from typing import get_args

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import telemetry
from chassis.metrics import METRICS, MetricName, Metrics
from tests.chassis.http.edge import TOLVAN

FIRST = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECOND = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = telemetry.make_provider("things", "worker", exporter)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    exporter.flush = provider.force_flush  # type: ignore[attr-defined]
    yield exporter
    provider.shutdown()


def test_a_span_continues_the_trace_a_message_carried_and_links_the_others(
    spans: InMemorySpanExporter,
) -> None:
    with telemetry.span("digest", parent=FIRST, links=[SECOND, None, "nonsense"], attributes={"size": 2}):
        carried = telemetry.inject()

    spans.flush()  # type: ignore[attr-defined]
    (span,) = spans.get_finished_spans()
    assert carried == telemetry.traceparent(span.context)
    assert carried.split("-")[1] == FIRST.split("-")[1]
    assert [telemetry.traceparent(link.context) for link in span.links] == [SECOND]
    assert dict(span.attributes or {}) == {"size": 2}


def test_an_error_is_recorded_by_type_alone(spans: InMemorySpanExporter) -> None:
    with pytest.raises(KeyError), telemetry.span("read"):
        raise KeyError(TOLVAN)

    spans.flush()  # type: ignore[attr-defined]
    (span,) = spans.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "KeyError"
    assert TOLVAN not in span.to_json()


def test_without_an_exporter_spans_still_have_real_trace_ids() -> None:
    provider = telemetry.make_provider("things", "worker", None)

    with trace.use_span(provider.get_tracer("t").start_span("x")):
        assert telemetry.extract(telemetry.inject()) is not None


@pytest.mark.parametrize(
    "header", [None, "", "x", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", FIRST.upper(), "ff" + FIRST[2:]]
)
def test_what_is_no_traceparent_names_no_span(header: str | None) -> None:
    assert telemetry.extract(header) is None


def test_every_metric_name_has_its_metric() -> None:
    assert set(METRICS) == set(get_args(MetricName))


def test_labels_are_told_apart_in_any_order() -> None:
    metrics = Metrics()

    metrics.count("chassis.inbox.handled", group="g", outcome="done")
    metrics.count("chassis.inbox.handled", outcome="done", group="g")

    assert metrics.registry.get_sample_value(
        "sob_chassis_inbox_handled_total", {"group": "g", "outcome": "done"}
    ) == pytest.approx(2)
