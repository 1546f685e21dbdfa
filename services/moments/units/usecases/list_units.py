"""List the units of the region for its administrator (R263, R264, R283)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.http.paging import After
from services.moments.units.domain.unit import Unit
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ListUnits:
    """`is_active` None is both; `words` stand in the name or the HSA-id."""

    is_active: bool | None
    words: str
    after: After | None
    limit: int


async def list_units(command: ListUnits, work: MomentsWork) -> Sequence[Unit]:
    """A page by HSA-id; one unit more than the limit says that there is another page."""
    after = None if command.after is None else command.after.id
    return await work.units.page(
        is_active=command.is_active, words=command.words, after=after, limit=command.limit
    )
