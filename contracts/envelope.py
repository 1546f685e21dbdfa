"""CloudEvents 1.0 in Kafka's binary mode: the headers around every message.

The value is the JSON of one message; everything a reader needs before it opens the value stands in headers. An
envelope that cannot be read is named by a code, never by its content.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

Headers = Sequence[tuple[str, bytes]]

_SPEC_VERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/json")


class EnvelopeError(Exception):
    """The headers are not an envelope; `code` says what is wrong with them."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Not a CloudEvents envelope: {code}.")
        self.code = code


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers of one message say. `sequence` grows with each message about the same subject's aggregate."""

    id: str
    source: str
    type: str
    time: datetime
    subject: str
    tenant: str
    sequence: str
    traceparent: str | None

    @property
    def identity(self) -> str:
        """CloudEvents: source and id together are one message, whoever delivers it how often."""
        return f"{self.source}/{self.id}"


def source_of(tenant: str, service: str) -> str:
    """The `ce_source` of a service of a tenant."""
    return f"/{tenant}/{service}"


def headers(
    *,
    id: str,
    source: str,
    type: str,
    time: str,
    subject: str,
    tenant: str,
    sequence: str,
    traceparent: str | None,
) -> list[tuple[str, bytes]]:
    """The headers of one message; `time` is RFC 3339."""
    made = [
        _SPEC_VERSION,
        ("ce_id", id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", type.encode()),
        ("ce_time", time.encode()),
        ("ce_subject", subject.encode()),
        ("ce_tenant", tenant.encode()),
        ("ce_sequence", sequence.encode()),
        _CONTENT_TYPE,
    ]
    if traceparent is not None:
        made.append(("traceparent", traceparent.encode()))
    return made


def parse(raw: Iterable[tuple[str, bytes | None]]) -> Envelope:
    """Read an envelope. Raises EnvelopeError for a missing, null or non-UTF-8 header or an unreadable time."""
    found: dict[str, str] = {}
    for name, value in raw:
        if value is None:
            raise EnvelopeError("null-header")
        try:
            found[name] = value.decode()
        except UnicodeDecodeError:
            raise EnvelopeError("header-not-utf8") from None
    try:
        if found["ce_specversion"] != "1.0":
            raise EnvelopeError("unknown-specversion")
        time = datetime.fromisoformat(found["ce_time"])
        if time.tzinfo is None:
            raise EnvelopeError("time-without-zone")
        return Envelope(
            id=found["ce_id"],
            source=found["ce_source"],
            type=found["ce_type"],
            time=time if time.tzinfo is UTC else time.astimezone(UTC),
            subject=found["ce_subject"],
            tenant=found["ce_tenant"],
            sequence=found.get("ce_sequence", ""),
            traceparent=found.get("traceparent"),
        )
    except KeyError:
        raise EnvelopeError("missing-header") from None
    except (ValueError, OverflowError):
        # In UTC, the first or the last hours of the calendar can lie outside it.
        raise EnvelopeError("unreadable-time") from None
