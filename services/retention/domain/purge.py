"""A purge: asked of every service, proved by their receipts, never given up and never undone.

It is completed by receipts alone. Everybody is asked for the moment. For the resident moments is asked first and alone,
because it alone knows whether a moment has been started; the others only if its receipt says that the resident goes.
Who has not answered in time is named and asked again, and nobody else: what has come since is not for them to delete.
When it is completed it forgets the resident: the certificate is what is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chassis.errors import InvalidError
from services.retention.domain import certificate
from services.retention.domain.receipt import Receipt, Scope

# A purge takes less than a second when everybody is there. Each reminder doubles the patience, up to a day.
PATIENCE = timedelta(minutes=5)
_LONGEST_PATIENCE = timedelta(days=1)
_KNOWS_EVERY_MOMENT = "moments"


class Status(StrEnum):
    """`late`: somebody has not answered within the patience."""

    WAITING = "waiting"
    LATE = "late"
    COMPLETED = "completed"


class ReceiptMismatchError(InvalidError):
    def __init__(self, purge_id: str, service: str) -> None:
        super().__init__(
            f"The receipt of {service} for {purge_id} is about another moment or resident, or not from a "
            "service that was asked: look at what that service says.",
            purge_id=purge_id,
            service=service,
        )


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the purged moment without knowing whose it was (D34)."""

    moment_id: str
    unit_id: str
    program_id: str
    program_version: str
    started_at: datetime
    ended_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """These services are asked, for the first time or again."""

    scope: Scope
    resident_id: str
    at: datetime
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """The last receipt is in."""

    resident_id: str
    at: datetime


@dataclass(slots=True)
class Purge:
    """`expected` are the services of a purge, `asked` those asked so far for the present scope; `look_at` is when
    lateness is looked for next.
    """

    id: str
    tenant: str
    about: About
    resident_id: str | None
    requested_by: str
    requested_at: datetime
    expected: frozenset[str]
    asked: frozenset[str]
    look_at: datetime
    scope: Scope = Scope.MOMENT
    is_late: bool = False
    reminders: int = 0
    receipts: dict[tuple[Scope, str], Receipt] = field(default_factory=dict)
    completed_at: datetime | None = None
    certificate: dict[str, Any] | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    @staticmethod
    def request(
        purge_id: str,
        *,
        tenant: str,
        about: About,
        resident_id: str,
        expected: frozenset[str],
        by: str,
        at: datetime,
    ) -> "Purge":
        """Ask every service to delete the moment (R308)."""
        purge = Purge(purge_id, tenant, about, resident_id, by, at, expected, expected, at + PATIENCE)
        purge._say(Asked(Scope.MOMENT, resident_id, at, purge.waiting_for))
        return purge

    @property
    def status(self) -> Status:
        if self.completed_at is not None:
            return Status.COMPLETED
        return Status.LATE if self.is_late else Status.WAITING

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The services that are asked for the present scope and have not answered."""
        if self.completed_at is not None:
            return ()
        return tuple(sorted(name for name in self.asked if (self.scope, name) not in self.receipts))

    @property
    def late(self) -> tuple[str, ...]:
        """Who is late: named once the patience is over."""
        return self.waiting_for if self.is_late else ()

    def answer(
        self, receipt: Receipt, *, moment_id: str, resident_id: str, others_remain: bool, at: datetime
    ) -> None:
        """Take a receipt in any order and any number; ask further or complete.

        `others_remain`: the resident has moments that nobody purges, as far as is known here and now; what the
        receipts said of that may be as old as the first of them, and a moment may have been started since.
        Receipts for a completed purge change nothing. Raises ReceiptMismatchError for one that answers something else.
        """
        if moment_id != self.about.moment_id or receipt.service not in self.expected:
            raise ReceiptMismatchError(self.id, receipt.service)
        if self.resident_id is None:
            return
        if resident_id != self.resident_id:
            raise ReceiptMismatchError(self.id, receipt.service)
        where = (receipt.scope, receipt.service)
        known = self.receipts.get(where)
        self.receipts[where] = receipt if known is None else known.merge(receipt)
        # A step may have been answered before it is taken: by who was asked all at once, before 0034.
        while self.completed_at is None and not self.waiting_for:
            self._go_on(self.resident_id, others_remain, at)

    def look(self, at: datetime) -> bool:
        """Name who is late and ask them again, with growing patience; False if nobody is."""
        if self.resident_id is None or at < self.look_at:
            return False
        self.is_late = True
        self.reminders += 1
        self.look_at = at + min(PATIENCE * 2 ** min(self.reminders, 10), _LONGEST_PATIENCE)
        self._say(Asked(self.scope, self.resident_id, at, self.waiting_for))
        return True

    def _go_on(self, resident_id: str, others_remain: bool, at: datetime) -> None:
        if self.scope is Scope.MOMENT and not others_remain:
            self._ask_for_resident(frozenset({_KNOWS_EVERY_MOMENT}), resident_id, at)
        elif self.asked != self.expected and not self._says_that_resident_remains:
            self._ask_for_resident(self.expected, resident_id, at)
        else:
            self._complete(resident_id, at)

    @property
    def _says_that_resident_remains(self) -> bool:
        return self.receipts[Scope.RESIDENT, _KNOWS_EVERY_MOMENT].resident_remains

    def _ask_for_resident(self, services: frozenset[str], resident_id: str, at: datetime) -> None:
        self.scope = Scope.RESIDENT
        self.asked = services
        self.is_late = False
        self.reminders = 0
        self.look_at = at + PATIENCE
        if self.waiting_for:
            self._say(Asked(Scope.RESIDENT, resident_id, at, self.waiting_for))

    def _complete(self, resident_id: str, at: datetime) -> None:
        self.certificate = certificate.issue(
            purge_id=self.id,
            tenant=self.tenant,
            subject=_described(self.about),
            requested_by=self.requested_by,
            requested_at=self.requested_at,
            completed_at=at,
            receipts=self.receipts.values(),
        )
        self.completed_at = at
        self.resident_id = None
        self.is_late = False
        self._say(Completed(resident_id, at))

    def _say(self, event: object) -> None:
        self.events.append(event)


def _described(about: About) -> Mapping[str, str]:
    return {
        "moment_id": about.moment_id,
        "unit_id": about.unit_id,
        "program_id": about.program_id,
        "program_version": about.program_version,
        "started_at": certificate.written(about.started_at),
        "ended_at": certificate.written(about.ended_at),
        "end_reason": about.reason,
    }
