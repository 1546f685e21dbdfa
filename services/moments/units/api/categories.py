"""Categories of the own unit over HTTP (R261)."""

from typing import Annotated

from fastapi import Response
from pydantic import Field, StringConstraints

from chassis.http.etags import OptionalVersion, etag
from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from services.moments.units.domain.categories import (
    Categories,
    Category,
    CategoryTwiceError,
    NoSuchCategoryError,
)
from services.moments.units.domain.unit import UnitNotFoundError
from services.moments.units.usecases.decide_categories import (
    DecideCategories,
    StaleCategoriesError,
    decide_categories,
)

router = Router(prefix="/categories", tags=["units"])

CategoryId = Annotated[str, Field(pattern=r"^cat-[0-9a-f]{16}$")]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class CategoryOut(Schema):
    category_id: str
    name: str


class CategoriesOut(Schema):
    categories: list[CategoryOut]


class CategoryIn(Schema):
    """A new one has no id, and keeps the one that the unit has of its name."""

    category_id: CategoryId | None = None
    name: _Name


class CategoriesIn(Schema):
    """All of them, in the unit's own order."""

    categories: Annotated[list[CategoryIn], Field(max_length=50)]


@router.get("", summary="See the categories of the own unit")
async def see(
    response: Response, caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)], units: UnitsOf
) -> CategoriesOut:
    """In the unit's own order."""
    return _out(await units.run(caller, lambda work: work.categories.of_unit(caller.unit)), response)


@router.put("", summary="Decide the categories of the own unit")
@refuses(CategoryTwiceError, NoSuchCategoryError, StaleCategoriesError, UnitNotFoundError)
async def decide(
    *,
    body: CategoriesIn,
    version: OptionalVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.WRITE_CATEGORIES)],
    units: UnitsOf,
) -> CategoriesOut:
    """Exactly these from now on. Moments in one that is left out stand in it no more."""
    wanted = [(each.category_id, each.name) for each in body.categories]
    command = DecideCategories(caller.unit, wanted, version)
    return _out(await units.run(caller, lambda work: decide_categories(command, work)), response)


def category_out(category: Category) -> CategoryOut:
    """A category as the API tells it."""
    return CategoryOut(category_id=category.id, name=category.name)


def _out(categories: Categories, response: Response) -> CategoriesOut:
    response.headers["ETag"] = etag(categories.version)
    return CategoriesOut(categories=[category_out(category) for category in categories.every])
