"""Every topic and what may be said on it: owner, key, partitions, retention, producers and consumers.

A topic's name is `<tenant>.<service>.<stream>.v<n>`: the broker's ACLs keep one region's subscribers from another's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from contracts import flags, messaging, moments, notifications, retention
from contracts.message import Message

SERVICES = ("moments", "messaging", "notifications", "flags", "retention")
CARE_SERVICES = ("moments", "messaging", "notifications", "flags")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of each tenant. Messages of one key keep their order; `retention_days` is the broker's."""

    service: str
    stream: str
    version: int
    key: str
    messages: tuple[type[Message], ...]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int = 4
    retention_days: int = 14

    def name(self, tenant: str) -> str:
        """The topic's name for a tenant (slug)."""
        return topic_name(tenant, self.service, self.stream, self.version)


def topic_name(tenant: str, service: str, stream: str, version: int = 1) -> str:
    """`vgr.moments.moment.v1`."""
    return f"{tenant}.{service}.{stream}.v{version}"


def _each(
    stream: str, key: str, messages: tuple[type[Message], ...], services: tuple[str, ...]
) -> tuple[Topic, ...]:
    return tuple(
        Topic(service, stream, 1, key, messages, producers=(service,), consumers=("retention",))
        for service in services
    )


TOPICS: tuple[Topic, ...] = (
    Topic(
        "moments",
        "moment",
        1,
        key="moment_id",
        messages=(
            moments.MomentStarted,
            moments.PractitionerAssigned,
            moments.ModuleStarted,
            moments.ModuleEnded,
            moments.ModuleSetUpcoming,
            moments.ModuleCompleted,
            moments.ProgramCompleted,
            moments.MomentMaintained,
            moments.MomentResumed,
            moments.MaintenanceExpired,
            moments.ProgramVersionApplied,
            moments.MomentEnded,
        ),
        producers=("moments",),
        consumers=("messaging", "notifications", "flags", "retention"),
    ),
    Topic(
        "moments",
        "access",
        1,
        key="unit_id",
        messages=(moments.UnitActivated, moments.UnitInactivated, moments.RolesGranted),
        producers=("moments",),
        consumers=("messaging", "notifications", "flags", "retention"),
    ),
    Topic(
        "moments",
        "text",
        1,
        key="text_id",
        messages=(moments.NoticeTextPublished,),
        producers=("moments",),
        consumers=("notifications",),
    ),
    Topic(
        "messaging",
        "conversation",
        1,
        key="moment_id",
        messages=(messaging.MessageSent, messaging.ConversationRead),
        producers=("messaging",),
        consumers=("moments", "notifications", "flags"),
    ),
    Topic(
        "notifications",
        "command",
        1,
        key="recipient_id",
        messages=(notifications.NotifyResident, notifications.NotifyStaff),
        producers=("moments", "messaging", "flags"),
        consumers=("notifications",),
        partitions=8,
    ),
    Topic(
        "notifications",
        "contact",
        1,
        key="resident_id",
        messages=(notifications.ContactChoicesMade,),
        producers=("notifications",),
        consumers=("moments", "messaging"),
    ),
    Topic(
        "notifications",
        "notice",
        1,
        key="resident_id",
        messages=(notifications.NoticeSettled,),
        producers=("notifications",),
        consumers=(),
    ),
    Topic(
        "flags",
        "flag",
        1,
        key="moment_id",
        messages=(flags.FlagRaised, flags.FlagHandled),
        producers=("flags",),
        consumers=("moments",),
    ),
    Topic(
        "retention",
        "purge",
        1,
        key="moment_id",
        messages=(retention.PurgeRequested, retention.PurgeCompleted),
        producers=("retention",),
        consumers=CARE_SERVICES,
    ),
    *_each("receipt", "moment_id", (retention.PurgeAnswered,), CARE_SERVICES),
    *_each("audit", "actor_id", (retention.AccessRecorded,), SERVICES),
)

MESSAGES: Mapping[str, type[Message]] = MappingProxyType(
    {message.type(): message for topic in TOPICS for message in topic.messages}
)


def topic_of(message: type[Message], service: str) -> Topic:
    """The topic a message goes to when `service` says it. Raises LookupError if that service may not say it."""
    stream = message.stream_of(service)
    for topic in TOPICS:
        if (
            f"{topic.service}.{topic.stream}" == stream
            and service in topic.producers
            and message in topic.messages
        ):
            return topic
    raise LookupError(
        f"{service} may not say {message.__name__}; add it to contracts/registry.py if it should"
    )


def heard_by(service: str) -> tuple[Topic, ...]:
    """The topics a service subscribes to."""
    return tuple(topic for topic in TOPICS if service in topic.consumers)
