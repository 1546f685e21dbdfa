"""Decide the categories of the own unit (R261)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import StaleError
from services.moments.units.domain.categories import Categories
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


class StaleCategoriesError(StaleError):
    def __init__(self) -> None:
        super().__init__("The categories were changed meanwhile: read them again.")


@dataclass(frozen=True, slots=True)
class DecideCategories:
    """All of them, by id and name, in the unit's own order; a new one has no id."""

    unit: str
    wanted: Sequence[tuple[str | None, str]]
    version: int | None


async def decide_categories(command: DecideCategories, work: MomentsWork) -> Categories:
    """Exactly these from now on; moments stand in no other any more.

    Raises UnitNotFoundError, StaleCategoriesError, CategoryTwiceError or NoSuchCategoryError.
    """
    unit = await unit_in_reach(work, command.unit)
    categories = await work.categories.of_unit(unit.id)
    if command.version is not None and command.version != categories.version:
        raise StaleCategoriesError
    categories.replace(command.wanted, iter(lambda: f"cat-{secrets.token_hex(8)}", ""))
    await work.categories.save(categories)
    return categories
