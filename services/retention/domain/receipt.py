"""A receipt: what one service says it deleted for one scope of a purge.

Receipts of one service and scope merge to the same whatever their order and number, so that a repeated request or
a replay never changes what is certified.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What is asked for: one moment, or what is left of a resident whose last moment is purged."""

    MOMENT = "moment"
    RESIDENT = "resident"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`deleted` counts documents by collection; `resident_remains`: the service holds other moments of the resident."""

    service: str
    scope: Scope
    deleted: Mapping[str, int]
    key_destroyed: bool
    resident_remains: bool
    answered_at: datetime

    def merge(self, other: "Receipt") -> "Receipt":
        """Both as one: the larger count stands, since a service that is asked again finds less than before."""
        collections = {**self.deleted, **other.deleted}
        return Receipt(
            service=self.service,
            scope=self.scope,
            deleted={
                name: max(self.deleted.get(name, 0), other.deleted.get(name, 0))
                for name in sorted(collections)
            },
            key_destroyed=self.key_destroyed or other.key_destroyed,
            resident_remains=self.resident_remains and other.resident_remains,
            answered_at=min(self.answered_at, other.answered_at),
        )
