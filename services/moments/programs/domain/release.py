"""The release of a program's version: uploaded, verified, published, taken back (R31, R33, R35).

Only a version that nobody can have started yet may be replaced.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import ConflictError, NotFoundError
from services.moments.programs.domain.program import Program


class ReleaseState(StrEnum):
    """How far the version has come."""

    UPLOADED = "uploaded"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"


class ProgramNotFoundError(NotFoundError):
    def __init__(self, program: str) -> None:
        super().__init__(f"There is no program {program} here.", program=program)


class ProgramPublishedError(ConflictError):
    """A published version is final."""

    def __init__(self, release: str) -> None:
        super().__init__(
            f"{release} is published and stays as it is: upload the change as a new version.", program=release
        )


class ProgramNotPublishedError(ConflictError):
    """A unit gets published versions only (R31)."""

    def __init__(self, release: str) -> None:
        super().__init__(f"{release} is not published: a publisher publishes it first.", program=release)


@dataclass(slots=True)
class Release:
    """One version of a program on its way to the units; `id` is that of its program version."""

    id: str
    program: Program
    uploaded_by: str
    uploaded_at: datetime
    state: ReleaseState = ReleaseState.UPLOADED
    published_by: str | None = None
    published_at: datetime | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def replace(self, program: Program, *, by: str, at: datetime) -> None:
        """Upload the version again; the same content changes nothing, other content only before publishing."""
        if program == self.program:
            return
        if self.state is not ReleaseState.UPLOADED:
            raise ProgramPublishedError(self.id)
        self.program = program
        self.uploaded_by, self.uploaded_at = by, at

    def publish(self, *, by: str, at: datetime) -> None:
        """Make it available to the region's administrators (R31); again changes nothing."""
        if self.state is ReleaseState.PUBLISHED:
            return
        self.state = ReleaseState.PUBLISHED
        self.published_by, self.published_at = by, at

    def must_be_published(self) -> None:
        """Raises ProgramNotPublishedError unless units may have it."""
        if self.state is not ReleaseState.PUBLISHED:
            raise ProgramNotPublishedError(self.id)
