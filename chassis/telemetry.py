"""Traces that run from a request through topics to an SMS.

Every process has real trace ids; spans are recorded and exported only where an OTLP endpoint is set. No attribute
says who a person is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_NAME = "sob"


def start_telemetry(service: str, kind: str, endpoint: str | None = None) -> TracerProvider:
    """Set up tracing of this process; called once, at its start. Its `shutdown()` sends what is left."""
    exporter = None if endpoint is None else OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider = make_provider(service, kind, exporter)
    trace.set_tracer_provider(provider)
    return provider


def make_provider(service: str, kind: str, exporter: SpanExporter | None) -> TracerProvider:
    """What makes the spans of a process of `service` and hands them to the exporter, if there is one."""
    resource = Resource.create({"service.name": service, "service.namespace": _NAME, "sob.kind": kind})
    # Without an exporter nobody reads a recorded span, so spans carry their ids only.
    provider = TracerProvider(
        resource=resource, sampler=ALWAYS_OFF if exporter is None else ALWAYS_ON, shutdown_on_exit=False
    )
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
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


def is_recorded(header: str | None) -> bool:
    """Whether the trace of this traceparent is recorded; no span needs to be made in one that is not."""
    context = extract(header)
    return context is not None and context.trace_flags.sampled
