"""What a moment says of itself: each is one event of its life, told outside by the store."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EndReason(StrEnum):
    """Why a moment ended, where the region has no list of its own (R299, R300, D51)."""

    COMPLETED = "completed"
    RESIDENT_BREAKS_OFF = "resident_breaks_off"
    PRACTITIONER_BREAKS_OFF = "practitioner_breaks_off"
    MOVED_TO_OTHER_CARE = "moved_to_other_care"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Started:
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Assigned:
    practitioner: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ModuleOpened:
    module: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ModuleClosed:
    module: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ModulePutBack:
    module: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Maintained:
    modules: Collection[str]
    expires_at: datetime
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Resumed:
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Expired:
    at: datetime


@dataclass(frozen=True, slots=True)
class VersionApplied:
    version: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Ended:
    """`reason` is a code of the region's list."""

    reason: str
    at: datetime
    by: str
