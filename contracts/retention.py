"""The purge saga and the audit trail: what retention asks, what everybody answers, and who looked at what."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from contracts.fields import (
    ActorId,
    Code,
    Count,
    FieldClass,
    MomentId,
    PurgeId,
    ResidentId,
    Switch,
    Time,
    UnitId,
)
from contracts.message import Message

Scope = Annotated[
    Literal["moment", "resident"],
    FieldClass("code", "one moment, or what is left of a resident whose last moment is purged"),
]

Asked = Annotated[Code, FieldClass("code", "a service that is asked; absent: every care service is")]


class PurgeRequested(Message):
    """Delete what you hold of the moment (or of the resident) and answer with PurgeAnswered (R308 to R312).

    Of the resident, moments is asked first and alone; the others if its receipt says that the resident goes.
    """

    stream: ClassVar[str] = "retention.purge"

    purge_id: PurgeId
    scope: Scope
    moment_id: MomentId
    resident_id: ResidentId
    requested_at: Time
    services: list[Asked] | None = None


class PurgeCompleted(Message):
    """Every expected receipt is in: the purge is proved."""

    stream: ClassVar[str] = "retention.purge"

    purge_id: PurgeId
    moment_id: MomentId
    resident_id: ResidentId
    completed_at: Time


class Deleted(BaseModel):
    """How many documents of one collection were deleted."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    collection: Code
    count: Count


class PurgeAnswered(Message):
    """A service's receipt.

    `key_destroyed`: no key of the subject is left there. `resident_remains`: it holds other moments of the resident,
    so those data stay.
    """

    stream: ClassVar[str] = "*.receipt"

    purge_id: PurgeId
    scope: Scope
    service: Code
    moment_id: MomentId
    resident_id: ResidentId
    deleted: list[Deleted]
    key_destroyed: Switch
    resident_remains: Switch
    answered_at: Time


class AccessRecorded(Message):
    """Who did what with whose data, where and when (R333, R335). Kept by retention for at least five years."""

    stream: ClassVar[str] = "*.audit"

    action: Code
    actor_kind: Annotated[Literal["staff", "resident", "system"], FieldClass("code", "what kind of actor")]
    actor_id: ActorId
    unit_id: UnitId | None = None
    resident_id: ResidentId | None = None
    moment_id: MomentId | None = None
    at: Time
