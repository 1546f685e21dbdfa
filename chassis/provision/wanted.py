"""What the broker should hold, worked out from tenants and the registry of topics alone.

A service may write its own topics and those others have opened to it, and read what it consumes. A region's
subscriber, whose user is the tenant's slug, may read everything that begins with `<slug>.` and nothing else.
Reading and writing include describing, which patterns need.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.registry import Topic

_DAY_MS = 24 * 60 * 60 * 1000
SERVICE_USER = "svc-"
# Super users: no subscriber may become one of them.
TAKEN_NAMES = frozenset({"admin", "ANONYMOUS"})


class ProvisionError(Exception):
    """Provisioning stopped; the text is one line with the cure. What was done stays done."""


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic by its full name; never made smaller."""

    name: str
    partitions: int
    retention_ms: int

    def settings(self, replicas: int) -> dict[str, str]:
        """The topic's own settings, given how many replicas it has."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "min.insync.replicas": str(max(1, replicas - 1)),
            # As producers write, which is not at all: whoever reads may know no codec, whatever the cluster prefers.
            "compression.type": "producer",
            # The broker's clock alone decides how long a message is kept; it refuses those of a clock far ahead.
            "message.timestamp.type": "LogAppendTime",
            # What is kept too long is a segment; ids in the inbox are kept a week longer than messages.
            "segment.ms": str(_DAY_MS),
        }


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One thing a user may do, in the broker's own words."""

    user: str
    operation: str
    resource: str
    pattern: str
    name: str
    host: str = "*"


def topics(slugs: Iterable[str], registry: Sequence[Topic]) -> tuple[WantedTopic, ...]:
    """Every topic of every tenant."""
    return tuple(
        WantedTopic(topic.name(slug), topic.partitions, topic.retention_days * _DAY_MS)
        for slug in slugs
        for topic in registry
    )


def services(registry: Sequence[Topic]) -> tuple[str, ...]:
    """Every service that owns, says or hears something."""
    named = ((topic.service, *topic.producers, *topic.consumers) for topic in registry)
    return tuple(sorted({service for names in named for service in names}))


def users(slugs: Iterable[str], registry: Sequence[Topic]) -> tuple[str, ...]:
    """One user per service, and one per tenant for the region's own subscribers."""
    known = services(registry)
    subscribers = tuple(slugs)
    for slug in subscribers:
        if slug in TAKEN_NAMES or slug in known:
            raise ProvisionError(
                f"No tenant may be called {slug}: its groups or its user would be another's."
            )
    return (*(SERVICE_USER + service for service in known), *subscribers)


def grants(slugs: Iterable[str], registry: Sequence[Topic]) -> frozenset[Grant]:
    """Every right of every service and every subscriber."""
    found: set[Grant] = set()
    for service in services(registry):
        user = SERVICE_USER + service
        found.add(Grant(user, "READ", "GROUP", "LITERAL", service))
        found.add(Grant(user, "READ", "GROUP", "PREFIXED", f"{service}."))
    for slug in slugs:
        found.update(_of_tenant(slug, registry))
    return frozenset(found)


def _of_tenant(slug: str, registry: Sequence[Topic]) -> Iterable[Grant]:
    yield Grant(slug, "READ", "TOPIC", "PREFIXED", f"{slug}.")
    yield Grant(slug, "READ", "GROUP", "PREFIXED", f"{slug}.")
    for topic in registry:
        # Every version of the stream, so that a new one needs no new right.
        stream = f"{slug}.{topic.service}.{topic.stream}."
        for service in topic.producers:
            prefix = f"{slug}.{service}." if service == topic.service else stream
            yield Grant(SERVICE_USER + service, "WRITE", "TOPIC", "PREFIXED", prefix)
        for service in topic.consumers:
            yield Grant(SERVICE_USER + service, "READ", "TOPIC", "PREFIXED", stream)
