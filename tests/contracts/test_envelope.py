"""An envelope that cannot be read is named by a code, and never by what it holds."""

import pytest

from contracts.envelope import EnvelopeError, headers, parse, source_of

GOOD = headers(
    id="064c06416644c0-moment-1",
    source=source_of("vgr", "moments"),
    type="se.sob.MomentStarted.v1",
    time="2026-03-02T09:20:11+01:00",
    subject="moment-1",
    tenant="vgr",
    sequence="064c06416644c0",
    traceparent=None,
)


def changed(name: str, value: bytes | None) -> list[tuple[str, bytes | None]]:
    return [(known, value if known == name else kept) for known, kept in GOOD]


def without(name: str) -> list[tuple[str, bytes | None]]:
    return [(known, value) for known, value in GOOD if known != name]


def test_the_time_is_read_in_utc() -> None:
    assert parse(GOOD).time.isoformat() == "2026-03-02T08:20:11+00:00"


def test_source_and_id_together_are_the_identity() -> None:
    assert parse(GOOD).identity == "/vgr/moments/064c06416644c0-moment-1"


def test_a_trace_and_a_sequence_may_be_absent() -> None:
    read = parse(without("ce_sequence"))

    assert (read.traceparent, read.sequence) == (None, "")


def test_headers_that_nobody_knows_are_ignored() -> None:
    assert parse([*GOOD, ("x-of-somebody", b"else")]) == parse(GOOD)


@pytest.mark.parametrize(
    "name", ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_tenant"]
)
def test_a_missing_header_is_named_as_missing(name: str) -> None:
    with pytest.raises(EnvelopeError) as refused:
        parse(without(name))

    assert refused.value.code == "missing-header"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ce_id", None, "null-header"),
        ("ce_id", b"\xff\xfe", "header-not-utf8"),
        ("x-of-somebody", None, "null-header"),
        ("ce_specversion", b"0.3", "unknown-specversion"),
        ("ce_time", b"last tuesday", "unreadable-time"),
        ("ce_time", b"2026-03-02T09:20:11", "time-without-zone"),
        ("ce_time", b"0001-01-01T00:00:00+01:00", "unreadable-time"),
        ("ce_time", b"9999-12-31T23:59:59-01:00", "unreadable-time"),
    ],
)
def test_a_header_that_cannot_be_read_is_named_by_its_fault(
    name: str, value: bytes | None, code: str
) -> None:
    raw = [*changed(name, value), *([(name, value)] if name.startswith("x-") else [])]

    with pytest.raises(EnvelopeError) as refused:
        parse(raw)

    assert refused.value.code == code
    assert "tuesday" not in str(refused.value)
