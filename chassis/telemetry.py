"""Traces that run from a request through topics to an SMS, and the metrics of a process.

Every process has real trace ids; spans are recorded and exported only where an OTLP endpoint is set. Metric names
are members of one Literal, so a metric cannot be misspelt at its call site.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_NAME = "sob"


def start_telemetry(
    service: str, kind: str, endpoint: str | None = None, exporter: SpanExporter | None = None
) -> TracerProvider:
    """Set up tracing of this process; called once, at its start. Its `shutdown()` sends what is left."""
    if exporter is None and endpoint is not None:
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    resource = Resource.create({"service.name": service, "service.namespace": _NAME, "sob.kind": kind})
    # Without an exporter nobody reads a recorded span, so spans carry their ids only.
    provider = TracerProvider(
        resource=resource, sampler=ALWAYS_OFF if exporter is None else ALWAYS_ON, shutdown_on_exit=False
    )
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


def traceparent(context: SpanContext) -> str:
    """A span's place in its trace, as the header says it (W3C)."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def inject() -> str | None:
    """The traceparent of the current span, to be carried by a message or request; None outside any trace."""
    context = trace.get_current_span().get_span_context()
    return traceparent(context) if context.is_valid else None


def extract(header: str | None) -> SpanContext | None:
    """The span a traceparent names; None when it is missing or malformed."""
    match = _TRACEPARENT.fullmatch(header) if header else None
    if match is None:
        return None
    context = SpanContext(
        trace_id=int(match[1], 16),
        span_id=int(match[2], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(match[3], 16) & TraceFlags.SAMPLED),
    )
    return context if context.is_valid else None


def under(parent: SpanContext | None) -> Context:
    """The context in which a new span continues the parent's trace."""
    return Context() if parent is None else trace.set_span_in_context(NonRecordingSpan(parent), Context())


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    links: Sequence[str | None] = (),
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int | bool] | None = None,
) -> Iterator[Span]:
    """A span around a block; `parent` and `links` are traceparents. An error is recorded by type, not by message."""
    others = [Link(context) for link in links if (context := extract(link)) is not None]
    remote = extract(parent)
    started = trace.get_tracer(_NAME).start_span(
        name,
        context=under(remote) if remote is not None else None,
        kind=kind,
        links=others,
        attributes=dict(attributes or {}),
    )
    with trace.use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield started
        except BaseException as error:
            started.set_attribute("error.type", type(error).__qualname__)
            started.set_status(trace.StatusCode.ERROR)
            raise


MetricName = Literal[
    "chassis.http.seconds",
    "chassis.outbox.lag",
    "chassis.outbox.oldest_age",
    "chassis.outbox.published",
    "chassis.inbox.handled",
    "chassis.inbox.duplicates",
    "chassis.inbox.lag",
    "chassis.inbox.seconds",
    "chassis.parked.waiting",
    "chassis.parked.dead",
    "chassis.timers.due",
    "chassis.timers.oldest_age",
    "chassis.timers.fired",
    "notifications.unsent.oldest_age",
    "notifications.unsent.waiting",
    "notifications.outcome.count",
    "notifications.provider.seconds",
    "retention.purge.late",
]


@dataclass(frozen=True, slots=True)
class _Metric:
    kind: type[Counter] | type[Gauge] | type[Histogram]
    says: str
    labels: tuple[str, ...] = ()


METRICS: Mapping[MetricName, _Metric] = MappingProxyType(
    {
        "chassis.http.seconds": _Metric(Histogram, "Duration of requests.", ("method", "route", "status")),
        "chassis.outbox.lag": _Metric(Gauge, "Messages committed and not yet published."),
        "chassis.outbox.oldest_age": _Metric(
            Gauge, "Seconds since the oldest unpublished message was committed."
        ),
        "chassis.outbox.published": _Metric(Counter, "Messages the broker acknowledged."),
        "chassis.inbox.handled": _Metric(Counter, "Messages handled.", ("group", "outcome")),
        "chassis.inbox.duplicates": _Metric(Counter, "Messages that had been handled before.", ("group",)),
        "chassis.inbox.lag": _Metric(Gauge, "Messages on topics and not yet handled.", ("group",)),
        "chassis.inbox.seconds": _Metric(Histogram, "Duration of a batch.", ("group",)),
        "chassis.parked.waiting": _Metric(Gauge, "Messages parked for another attempt."),
        "chassis.parked.dead": _Metric(Gauge, "Messages that failed their last attempt."),
        "chassis.timers.due": _Metric(Gauge, "Timers due and not yet fired."),
        "chassis.timers.oldest_age": _Metric(Gauge, "Seconds the oldest due timer has waited."),
        "chassis.timers.fired": _Metric(Counter, "Timers fired.", ("timer",)),
        "notifications.unsent.oldest_age": _Metric(Gauge, "Seconds the oldest due notification has waited."),
        "notifications.unsent.waiting": _Metric(Gauge, "Notifications due and not yet sent."),
        "notifications.outcome.count": _Metric(Counter, "Notifications ended.", ("channel", "outcome")),
        "notifications.provider.seconds": _Metric(
            Histogram, "Duration of a provider's answer.", ("channel",)
        ),
        "retention.purge.late": _Metric(Gauge, "Purges that wait for a receipt beyond its time."),
    }
)


class Metrics:
    """The metrics of one process; what was never measured is not shown."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[MetricName, Counter | Gauge | Histogram] = {}
        self._children: dict[tuple[MetricName, tuple[str, ...]], Counter | Gauge | Histogram] = {}

    def count(self, name: MetricName, amount: float = 1, **labels: str) -> None:
        child = self._child(name, labels)
        assert isinstance(child, Counter)
        child.inc(amount)

    def gauge(self, name: MetricName, value: float, **labels: str) -> None:
        child = self._child(name, labels)
        assert isinstance(child, Gauge)
        child.set(value)

    def observe(self, name: MetricName, value: float, **labels: str) -> None:
        child = self._child(name, labels)
        assert isinstance(child, Histogram)
        child.observe(value)

    def _child(self, name: MetricName, labels: dict[str, str]) -> Counter | Gauge | Histogram:
        key = (name, tuple(labels.values()))
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = (
                self._metric(name).labels(**labels) if labels else self._metric(name)
            )
        return child

    def _metric(self, name: MetricName) -> Counter | Gauge | Histogram:
        metric = self._made.get(name)
        if metric is None:
            is_ = METRICS[name]
            metric = is_.kind(
                f"{_NAME}_{name.replace('.', '_')}", is_.says, is_.labels, registry=self.registry
            )
            self._made[name] = metric
        return metric
