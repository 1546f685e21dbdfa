"""The metrics of a process, for Prometheus.

Names are members of one Literal, so a metric cannot be misspelt at its call site; labels are codes and templates,
never ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

MetricName = Literal[
    "chassis.http.seconds",
    "chassis.outbox.lag",
    "chassis.outbox.oldest_age",
    "chassis.outbox.published",
    "chassis.inbox.handled",
    "chassis.inbox.duplicates",
    "chassis.inbox.lag",
    "chassis.parked.waiting",
    "chassis.parked.dead",
    "chassis.timers.due",
    "chassis.timers.oldest_age",
    "notifications.unknown.oldest_age",
    "notifications.unknown.waiting",
    "notifications.unsent.oldest_age",
    "notifications.unsent.seconds_to_drain",
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
        "chassis.parked.waiting": _Metric(Gauge, "Messages parked for another attempt."),
        "chassis.parked.dead": _Metric(Gauge, "Messages that failed their last attempt."),
        "chassis.timers.due": _Metric(Gauge, "Timers due and not yet fired."),
        "chassis.timers.oldest_age": _Metric(Gauge, "Seconds the oldest due timer has waited."),
        "notifications.unknown.oldest_age": _Metric(
            Gauge,
            "Seconds since the oldest notification was made that a provider is asked about.",
            ("tenant",),
        ),
        "notifications.unknown.waiting": _Metric(
            Gauge, "Notifications whose outcome a provider is asked about.", ("tenant",)
        ),
        "notifications.unsent.oldest_age": _Metric(
            Gauge, "Seconds the oldest due notification has waited.", ("tenant",)
        ),
        "notifications.unsent.seconds_to_drain": _Metric(
            Gauge, "Seconds until nothing due is left, at the pace of all workers.", ("tenant",)
        ),
        "notifications.unsent.waiting": _Metric(Gauge, "Notifications due and not yet sent.", ("tenant",)),
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
        key = (name, tuple(labels[label] for label in METRICS[name].labels))
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
            metric = is_.kind(f"sob_{name.replace('.', '_')}", is_.says, is_.labels, registry=self.registry)
            self._made[name] = metric
        return metric
