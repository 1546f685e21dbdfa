"""Programs that cross to other regions: what may, and what the receiving region gets (R12, R32, R38).

A received version is a release of the receiving region, under a code that begins with the giving one's slug: it can
be the code of no definition, so it takes the place of nothing. Its state is the giving publisher's to decide.
"""

from collections.abc import Collection
from dataclasses import replace

from chassis.errors import ConflictError, InvalidError
from services.moments.programs.domain.program import SharedWith
from services.moments.programs.domain.release import Release, ReleaseState

_LONGEST_CODE = 64


class NoSuchRegionError(InvalidError):
    """The own region is no other one."""

    def __init__(self, region: str) -> None:
        super().__init__(f"There is no other region {region} here.", region=region)


class ProgramNotForOthersError(ConflictError):
    """The program says who may use it, by the rights to its content (R12)."""

    def __init__(self, release: str) -> None:
        super().__init__(
            f"{release} is not for other regions: its designer says shared_with: regions if the rights allow it.",
            program=release,
        )


class ProgramReceivedError(ConflictError):
    """The publisher of the region it comes from answers for it (R10, R38)."""

    def __init__(self, release: str, region: str) -> None:
        super().__init__(
            f"{release} comes from {region}, whose publisher publishes it and takes it back.",
            program=release,
            region=region,
        )


class ProgramCodeTooLongError(ConflictError):
    def __init__(self, code: str, most: int) -> None:
        super().__init__(
            f"{code} is longer than {most} characters: share it under a shorter code.",
            program=code,
            most=most,
        )


def must_be_own(release: Release) -> None:
    """Raises ProgramReceivedError for what another region answers for."""
    if release.from_region is not None:
        raise ProgramReceivedError(release.id, release.from_region)


def share(release: Release, regions: Collection[str], *, within: str) -> None:
    """Let exactly these regions offer it too, besides the one it is `within`; none takes it back from all.

    Raises ProgramReceivedError, what `must_be_startable` raises, ProgramNotForOthersError or ProgramCodeTooLongError.
    """
    must_be_own(release)
    if regions:
        release.must_be_startable()
        if release.program.shared_with is not SharedWith.REGIONS:
            raise ProgramNotForOthersError(release.id)
        most = _LONGEST_CODE - len(within) - 1
        if len(release.program.code) > most:
            raise ProgramCodeTooLongError(release.program.code, most)
    release.regions = frozenset(regions)


def received(release: Release, *, from_region: str) -> Release:
    """The version as a region gets it: startable while it is published and shared, and never again otherwise."""
    program = replace(release.program, code=code_from(from_region, release.program.code))
    return Release(
        program.id,
        program,
        release.owner_unit,
        uploaded_by=release.uploaded_by,
        uploaded_at=release.uploaded_at,
        published_by=release.published_by,
        published_at=release.published_at,
        from_region=from_region,
    )


def settle(copy: Release, release: Release, region: str) -> None:
    """Bring the region's copy to what the giving publisher has decided."""
    stands = release.state is ReleaseState.PUBLISHED and region in release.regions
    copy.state = ReleaseState.PUBLISHED if stands else ReleaseState.UNPUBLISHED
    copy.was_in_care = release.was_in_care
    copy.published_by, copy.published_at = release.published_by, release.published_at


def code_from(region: str, code: str) -> str:
    """What a program of another region is called here: `vgr.tobakshjalpen`."""
    return f"{region}.{code}"
