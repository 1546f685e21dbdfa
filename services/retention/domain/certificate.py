"""The certificate of a purge: who asked, when, what was deleted where, and a digest that shows it was not altered.

It holds no personal data of the resident, only the id of a moment that no longer exists. It is fixed when the purge
is completed; numbers are whole and times are text, so that its canonical JSON is the same everywhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from services.retention.domain.receipt import Receipt, Scope

_DIGEST = "digest"


def issue(
    *,
    purge_id: str,
    tenant: str,
    subject: Mapping[str, str],
    requested_by: str,
    requested_at: datetime,
    completed_at: datetime,
    receipts: Iterable[Receipt],
) -> dict[str, Any]:
    """The certificate with its digest; the order in which receipts came leaves no trace in it."""
    in_order = sorted(receipts, key=lambda receipt: (receipt.scope, receipt.service))
    said: dict[str, Any] = {
        "certificate": "sob.purge.v1",
        "purge_id": purge_id,
        "tenant": tenant,
        **subject,
        "requested_by": requested_by,
        "requested_at": written(requested_at),
        "confirmed": "exported-and-recorded",
        "completed_at": written(completed_at),
        "resident_scope_asked": any(receipt.scope is Scope.RESIDENT for receipt in in_order),
        "documents_deleted": sum(sum(receipt.deleted.values()) for receipt in in_order),
        "keys_destroyed": sum(receipt.key_destroyed for receipt in in_order),
        "receipts": [_written(receipt) for receipt in in_order],
    }
    return {**said, _DIGEST: digest(said)}


def digest(certificate: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of everything but the digest itself."""
    said = {key: value for key, value in certificate.items() if key != _DIGEST}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def is_unaltered(certificate: Mapping[str, Any]) -> bool:
    """Whether the certificate still says what its digest was made of."""
    return certificate.get(_DIGEST) == digest(certificate)


def written(time: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _written(receipt: Receipt) -> dict[str, Any]:
    return {
        "scope": receipt.scope.value,
        "service": receipt.service,
        "deleted": [{"collection": name, "count": count} for name, count in sorted(receipt.deleted.items())],
        "key_destroyed": receipt.key_destroyed,
        "resident_remains": receipt.resident_remains,
        "answered_at": written(receipt.answered_at),
    }
