"""List and search the moments of the own unit: mine, all, ended (R231 to R239)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.moments.lists.domain.finding import Counts, Filter, Tab, counts, found
from services.moments.lists.domain.line import Line
from services.moments.lists.domain.ordering import Column, Order, Place
from services.moments.lists.store.shelves import Shelves
from services.moments.units.domain.categories import Categories
from services.moments.units.domain.unit import Unit
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ListMoments:
    """`descending` None is the column's own way. `after` is the `next` of the page before, under the same order."""

    unit: str
    tab: Tab
    wanted: Filter = field(repr=False)
    column: Column
    descending: bool | None
    after: tuple[str, Place] | None
    limit: int


@dataclass(frozen=True, slots=True)
class ListedMoments:
    """A page. `matching`: how many lines the search and the filter leave; `next` with the order it belongs to."""

    lines: Sequence[Line]
    matching: int
    counts: Counts
    next: tuple[str, Place] | None
    unit: Unit
    categories: Categories


async def list_moments(command: ListMoments, work: MomentsWork, shelves: Shelves) -> ListedMoments | None:
    """A page of one of the lists, or None if its place belongs to another order.

    Whose name is shown is audited, as if the moment had been opened (D54), and that nobody's is. Raises
    UnitNotFoundError.
    """
    # Side by side, so that a list costs one round trip to the database and not two.
    unit, known = await asyncio.gather(
        unit_in_reach(work, command.unit), shelves.of_unit(work.room, work.tenant, command.unit)
    )
    person = work.actor.id
    names = {hsa_id: member.name for hsa_id, member in unit.people.items()}
    order = Order.by(command.column, command.descending, names)
    ordered = order.sorted(found(known.values(), command.tab, command.wanted, person))
    begin = 0
    if command.after is not None:
        of_order, place = command.after
        if of_order != order.name or not order.fits(place):
            return None
        begin = order.begin(ordered, place, known)
    end = begin + command.limit
    page = ordered[begin:end]
    work.audit_list("moment.listed", ((line.standing.resident, line.id) for line in page))
    # Read only where a moment stands in any, which at most units none does.
    sorted_in = any(line.standing.categories for line in page)
    categories = await work.categories.of_unit(unit.id) if sorted_in else Categories(unit.id)
    more = (order.name, order.place_of(page[-1], end)) if page and end < len(ordered) else None
    return ListedMoments(page, len(ordered), counts(known.values(), person), more, unit, categories)
