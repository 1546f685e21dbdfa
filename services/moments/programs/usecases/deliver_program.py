"""Bring other regions' copies of a version to what its publisher has decided, in the same transaction (R38)."""

from collections.abc import Collection
from dataclasses import replace

from services.moments.programs.domain.release import Release
from services.moments.programs.domain.sharing import received, settle
from services.moments.work import MomentsWork


async def deliver(release: Release, regions: Collection[str], work: MomentsWork) -> None:
    """Regions that are named get it; those that no longer are, or while it is unpublished, start it no more."""
    for region in sorted(regions):
        catalogue = work.neighbour(region).releases
        made = received(release, from_region=work.tenant)
        copy = await catalogue.find(made.id) or made
        before = replace(copy)
        settle(copy, release, region)
        if copy.version == 0 or copy != before:
            await catalogue.save(copy)
