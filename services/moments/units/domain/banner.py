"""Banners: what a unit or the whole region tells residents or staff for a time (R252 to R255, R262, D38).

A banner holds nothing about anybody; it is shown from its start until its end, or until it is taken down.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import InvalidError, NotFoundError


class Receivers(StrEnum):
    """Whom it is for (R253, R255)."""

    RESIDENTS = "residents"
    STAFF = "staff"


class BannerNotFoundError(NotFoundError):
    def __init__(self, banner: str) -> None:
        super().__init__(f"There is no banner {banner} here.", banner=banner)


class BannerEndsBeforeItStartsError(InvalidError):
    def __init__(self) -> None:
        super().__init__("The banner's end is not after its start: change one of them, or leave the end out.")


@dataclass(slots=True)
class Banner:
    """`unit` None is every unit of the region; `ends_at` None lets it stand until somebody takes it down."""

    id: str
    unit: str | None
    receivers: Receivers
    text: str
    starts_at: datetime
    ends_at: datetime | None
    written_by: str
    written_at: datetime
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise BannerEndsBeforeItStartsError
