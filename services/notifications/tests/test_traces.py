"""Traces: an SMS stands in the trace of the command that asked for it, a digest is linked to each of its notices'."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import telemetry
from services.notifications.sending.sender import MOST_LINKS
from services.notifications.tests.world import World, a_mobile, a_resident

NUMBER = a_mobile()


Spans = Callable[[], Sequence[ReadableSpan]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    """The spans of sending that have ended so far."""
    exporter = InMemorySpanExporter()
    provider = telemetry.make_provider("notifications", "worker", exporter)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)

    def ended() -> Sequence[ReadableSpan]:
        provider.force_flush()
        return [span for span in exporter.get_finished_spans() if span.name.startswith("send ")]

    yield ended
    provider.shutdown()


def a_trace(number: int) -> str:
    return f"00-{number:032x}-{number:016x}-01"


async def test_a_direct_sms_stands_in_the_trace_of_its_command(world: World, sent: Spans) -> None:
    await world.has_on(a_resident(), sms=NUMBER)

    await world.hears(world.asks(), trace=a_trace(7))
    await world.sends()

    (span,) = sent()
    assert span.context is not None and span.context.trace_id == 7
    assert world.gateway.ledger.rows[0]["traceparent"] == telemetry.traceparent(span.context)


async def test_a_digest_is_linked_to_the_trace_of_each_of_its_notices_up_to_a_bound(
    world: World, sent: Spans
) -> None:
    await world.has_on(a_resident(1), sms=NUMBER)
    await world.has_on(a_resident(2), email="alice@example.se")
    for number in (1, 2, 3):
        await world.hears(world.asks(timing="batched", recipient_id=a_resident(1)), trace=a_trace(number))
    records = [
        world.record(world.asks(timing="batched", recipient_id=a_resident(2)), trace=a_trace(100 + number))
        for number in range(MOST_LINKS + 5)
    ]
    await world.handling.handle(records)

    world.passes(days=1)
    await world.batch_hour()
    await world.sends()

    linked = {span.name: [link.context.trace_id for link in span.links] for span in sent()}
    assert sorted(linked["send sms"]) == [1, 2, 3]
    assert len(set(linked["send email"])) == MOST_LINKS
