"""Categories of the own unit over HTTP (R261)."""

from typing import Annotated

from fastapi import Response
from pydantic import Field, StringConstraints

from chassis.errors import StaleError
from chassis.http.etags import OptionalVersion, etag
from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from services.moments.units.domain.categories import Categories, CategoryTwiceError
from services.moments.units.domain.unit import UnitNotFoundError
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork

router = Router(prefix="/categories", tags=["units"])

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class StaleCategoriesError(StaleError):
    def __init__(self) -> None:
        super().__init__("The categories were changed meanwhile: read them again.")


class CategoriesOut(Schema):
    categories: list[str]


class CategoriesIn(Schema):
    """All of them, in the unit's own order."""

    categories: Annotated[list[_Name], Field(max_length=50)]


@router.get("", summary="See the categories of the own unit")
async def see(
    response: Response, caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)], units: UnitsOf
) -> CategoriesOut:
    """In the unit's own order."""

    async def found(work: MomentsWork) -> Categories:
        return await work.categories.find(caller.unit) or Categories(caller.unit)

    return _out(await units.run(caller, found), response)


@router.put("", summary="Decide the categories of the own unit")
@refuses(CategoryTwiceError, StaleCategoriesError, UnitNotFoundError)
async def decide(
    *,
    body: CategoriesIn,
    version: OptionalVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.WRITE_CATEGORIES)],
    units: UnitsOf,
) -> CategoriesOut:
    """Exactly these from now on."""

    async def decided(work: MomentsWork) -> Categories:
        unit = await unit_in_reach(work, caller.unit)
        categories = await work.categories.find(unit.id) or Categories(unit.id)
        if version is not None and version != categories.version:
            raise StaleCategoriesError
        categories.replace(body.categories)
        await work.categories.save(categories)
        return categories

    return _out(await units.run(caller, decided), response)


def _out(categories: Categories, response: Response) -> CategoriesOut:
    response.headers["ETag"] = etag(categories.version)
    return CategoriesOut(categories=categories.names)
