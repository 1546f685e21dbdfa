"""The release of a program's version: uploaded, tried in practice, published to care givers, taken back (R31 to R35).

Only a version that nobody can have started yet may be replaced: once published, its content is final for good, and
what was tried in practice is what is published for care.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import ConflictError, NotFoundError
from services.moments.programs.domain.program import Program, SharedWith
from services.moments.units.domain.unit import care_giver_of


class ReleaseState(StrEnum):
    """How far the version has come. `PRACTICE`: it runs at the training publishing unit and nowhere else (R34)."""

    UPLOADED = "uploaded"
    PRACTICE = "practice"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"


class ProgramNotFoundError(NotFoundError):
    def __init__(self, program: str) -> None:
        super().__init__(f"There is no program {program} here.", program=program)


class ProgramOwnedElsewhereError(ConflictError):
    """One unit owns a program and answers for its versions (R10)."""

    def __init__(self, program: str) -> None:
        super().__init__(f"Another unit owns {program}: upload under a code of your own.", program=program)


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


class ProgramUnpublishedError(ConflictError):
    """Taken back by its publisher: what runs goes on, nothing new is started (R35)."""

    def __init__(self, release: str) -> None:
        super().__init__(f"{release} has been unpublished: activate another version.", program=release)


class ProgramForPracticeError(ConflictError):
    """Published from the training publishing unit, which is for practice (R34)."""

    def __init__(self, release: str) -> None:
        super().__init__(
            f"{release} is published for practice: the publishing unit for care publishes it first.",
            program=release,
        )


class ProgramInCareError(ConflictError):
    """What is or was in care is not for the training publishing unit to take back or to bring back (R34)."""

    def __init__(self, release: str) -> None:
        super().__init__(
            f"{release} has been published for care: the publishing unit for care decides about it.",
            program=release,
        )


class ProgramNotApprovedError(ConflictError):
    """The publisher decides which care givers get it, the rights to its content which units may (R12, R32)."""

    def __init__(self, release: str, unit: str) -> None:
        super().__init__(
            f"{release} is not approved for the care giver of {unit}: ask its publisher, or apply a MINOR version "
            "that is to a moment before it is handed over.",
            program=release,
            unit=unit,
        )


class MinorBreaksProgramError(ConflictError):
    """A MINOR version may be given to running moments, so nothing they stand on may be gone (D29)."""

    def __init__(self, release: str, earlier: str, lost: Collection[str]) -> None:
        told = ", ".join(lost)
        super().__init__(
            f"{release} lacks {told} of {earlier}: a version without them is a MAJOR one.",
            program=release,
            earlier=earlier,
            lost=told,
        )


@dataclass(slots=True)
class Release:
    """One version of a program on its way to the units; `id` is that of its program version.

    `approved_for` are care givers by organisation number; None is every care giver of the region (R32). `was_in_care`:
    it has been published for care, so moments of care may run on it whatever has become of it since. `regions` are
    the others that may offer it too, and `from_region` is the one that this one was received from (R38).
    """

    id: str
    program: Program
    owner_unit: str
    uploaded_by: str
    uploaded_at: datetime
    state: ReleaseState = ReleaseState.UPLOADED
    approved_for: frozenset[str] | None = None
    was_in_care: bool = False
    published_by: str | None = None
    published_at: datetime | None = None
    unpublished_at: datetime | None = None
    regions: frozenset[str] = frozenset()
    from_region: str | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    @property
    def was_published(self) -> bool:
        """Whether moments may run on it."""
        return self.state is not ReleaseState.UPLOADED

    def must_be_owned_by(self, unit: str) -> None:
        """Raises ProgramOwnedElsewhereError for designers of other units."""
        if self.owner_unit != unit:
            raise ProgramOwnedElsewhereError(self.program.code)

    def replace(self, program: Program, *, by: str, at: datetime) -> None:
        """Upload the version again; the same content changes nothing, other content only before publishing."""
        if program == self.program:
            return
        if self.was_published:
            raise ProgramPublishedError(self.id)
        self.program = program
        self.uploaded_by, self.uploaded_at = by, at

    def publish_for_practice(self, *, by: str, at: datetime) -> None:
        """Let it be tried at the training publishing unit; what is published for care can be tried there anyway.

        Raises ProgramInCareError for what was taken back from care.
        """
        if self.was_in_care and self.state is not ReleaseState.PUBLISHED:
            raise ProgramInCareError(self.id)
        if self.state in {ReleaseState.UPLOADED, ReleaseState.UNPUBLISHED}:
            self.published_by, self.published_at = by, at
            self.state, self.unpublished_at = ReleaseState.PRACTICE, None

    def publish(self, approved_for: frozenset[str] | None, *, by: str, at: datetime) -> None:
        """Approve it for these care givers (R31, R32); again changes for whom, and takes an unpublishing back."""
        if self.state is not ReleaseState.PUBLISHED:
            self.published_by, self.published_at = by, at
        self.state, self.approved_for, self.unpublished_at = ReleaseState.PUBLISHED, approved_for, None
        self.was_in_care = True

    def unpublish(self, *, at: datetime) -> None:
        """Take it back from every unit; moments that run go on (R35). Raises ProgramNotPublishedError."""
        if self.state is ReleaseState.UPLOADED:
            raise ProgramNotPublishedError(self.id)
        if self.state is not ReleaseState.UNPUBLISHED:
            self.state, self.unpublished_at = ReleaseState.UNPUBLISHED, at

    def is_startable(self, *, in_practice: bool) -> bool:
        """Whether moments of it may be started, at the training publishing unit if `in_practice`."""
        return self.state is ReleaseState.PUBLISHED or (in_practice and self.state is ReleaseState.PRACTICE)

    def must_be_startable(self, *, in_practice: bool = False) -> None:
        """Raises unless moments of it may be started, at the training publishing unit if `in_practice`.

        ProgramUnpublishedError, ProgramNotPublishedError or ProgramForPracticeError.
        """
        if self.state is ReleaseState.UNPUBLISHED:
            raise ProgramUnpublishedError(self.id)
        if self.state is ReleaseState.UPLOADED:
            raise ProgramNotPublishedError(self.id)
        if self.state is ReleaseState.PRACTICE and not in_practice:
            raise ProgramForPracticeError(self.id)

    def must_be_for(self, unit: str, *, in_practice: bool = False) -> None:
        """Raises one of the above, or ProgramNotApprovedError, unless this unit may offer it and start moments of it.

        Everything can be tried: the rights to its content and its approval are for care.
        """
        self.must_be_startable(in_practice=in_practice)
        if not in_practice and not self.is_approved_for(unit):
            raise ProgramNotApprovedError(self.id, unit)

    def must_go_on(self, *, here: str, there: str, in_practice: bool) -> None:
        """Raises unless moments of it at one unit may go on at another, also when it has been taken back (R35).

        ProgramForPracticeError for what has never been in care (R34), or ProgramNotApprovedError for what another care
        giver may not use (R12, R32); within one, what runs goes on. In practice everything does.
        """
        if in_practice:
            return
        if not self.was_in_care:
            raise ProgramForPracticeError(self.id)
        if care_giver_of(here) != care_giver_of(there) and not self.is_approved_for(there):
            raise ProgramNotApprovedError(self.id, there)

    def is_approved_for(self, unit: str) -> bool:
        """Whether the rights to its content and its publisher let the unit use it in care (R12, R32)."""
        care_giver = care_giver_of(unit)
        may_use = {
            SharedWith.UNIT: unit == self.owner_unit,
            SharedWith.CARE_GIVER: care_giver == care_giver_of(self.owner_unit),
            SharedWith.REGION: True,
            SharedWith.REGIONS: True,
        }[self.program.shared_with]
        return may_use and (self.approved_for is None or care_giver in self.approved_for)

    def must_keep(self, earlier: "Release") -> None:
        """Raises MinorBreaksProgramError if moments on the earlier version could not go on with this one."""
        lost = self.program.lost_since(earlier.program)
        if lost:
            raise MinorBreaksProgramError(self.id, earlier.id, lost)

    def must_stand_beside(self, other: "Release") -> None:
        """Raises MinorBreaksProgramError if moments could not go on from the earlier of both to the later MINOR one."""
        if self.program.is_minor_after(other.program):
            self.must_keep(other)
        if other.program.is_minor_after(self.program):
            other.must_keep(self)
