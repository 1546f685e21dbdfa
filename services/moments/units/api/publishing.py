"""The region's publishing units over HTTP (R34, R284)."""

from typing import Annotated

from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from contracts.fields import UnitId
from services.moments.units.api.units import warnings_of
from services.moments.units.domain.publishing import (
    MomentsRunningError,
    PublishesAlreadyError,
    PublishingRoleMissingError,
    Purpose,
)
from services.moments.units.domain.unit import Unit, UnitInactiveError, UnitNotFoundError
from services.moments.units.usecases.name_publishing_unit import (
    NamePublishingUnit,
    name_publishing_unit,
    publishing_units,
)
from services.moments.wording import Notice

router = Router(tags=["units"])


class PublishingUnitIn(Schema):
    unit_id: UnitId


class PublishingUnitOut(Schema):
    """`purpose` care or practice; `warnings` name the roles that too few hold there (R275, R284)."""

    purpose: Purpose
    unit_id: str
    name: str
    warnings: list[Notice]


@router.put("/publishing-units/{purpose}", summary="Name the publishing unit for care or for practice")
@refuses(
    MomentsRunningError,
    PublishesAlreadyError,
    PublishingRoleMissingError,
    UnitInactiveError,
    UnitNotFoundError,
)
async def name(
    purpose: Purpose,
    body: PublishingUnitIn,
    caller: Annotated[Staff, Needs(Permission.ACTIVATE_UNIT)],
    units: UnitsOf,
) -> PublishingUnitOut:
    """Programs are published from there alone. What is published for practice runs at the unit for practice only.

    A unit begins or ceases to be for practice while none of its moments runs.
    """
    command = NamePublishingUnit(purpose, body.unit_id)
    return _out(purpose, await units.run(caller, lambda work: name_publishing_unit(command, work)))


@router.get("/publishing-units", summary="See the region's publishing units")
async def see(
    caller: Annotated[Staff, Needs(Permission.SEE_PROGRAMS)], units: UnitsOf
) -> list[PublishingUnitOut]:
    """Two at most: where designers hand their programs to be published, and where they are tried."""
    found = await units.run(caller, publishing_units)
    return [_out(unit.publishes, unit) for unit in found if unit.publishes is not None]


def _out(purpose: Purpose, unit: Unit) -> PublishingUnitOut:
    return PublishingUnitOut(
        purpose=purpose,
        unit_id=unit.id,
        name=unit.name,
        warnings=warnings_of(unit),
    )
