"""Units and roles over HTTP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import Field

from chassis.http.etags import OptionalVersion, etag
from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_after, read_cursor
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import PortsOf, UnitsOf
from contracts.access import Permission, Role
from contracts.fields import StaffId, UnitId
from services.moments.directory import Ports, StaffNotInDirectoryError, UnitNotInDirectoryError
from services.moments.directory.over_http import DirectoryUnavailableError
from services.moments.units.domain.publishing import PublishingRoleMissingError, Purpose
from services.moments.units.domain.unit import (
    PRACTITIONER,
    LastPermissionAdministratorError,
    NotAtUnitError,
    RegionalRoleError,
    Unit,
    UnitNotFoundError,
    care_giver_of,
)
from services.moments.units.usecases.activate_unit import (
    ActivateUnit,
    activate_unit,
    inactivate_unit,
    reactivate_unit,
)
from services.moments.units.usecases.grant_roles import GrantRoles, StaleUnitError, grant_roles
from services.moments.units.usecases.list_units import ListUnits, list_units
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.wording import Notice, notice

router = Router(tags=["units"])


class ActivateUnitIn(Schema):
    permission_administrators: Annotated[list[StaffId], Field(min_length=1, max_length=20)]


class GrantRolesIn(Schema):
    """All the roles the person is to hold; an empty list takes the last away."""

    roles: Annotated[list[Role], Field(max_length=20)]


class PersonOut(Schema):
    person_id: str
    name: str
    roles: list[Role]


class StaffOut(Schema):
    """A unit with everybody who holds a role, and warnings about roles too few hold (R275)."""

    unit_id: str
    name: str
    organisation: str
    staff: list[PersonOut]
    warnings: list[Notice]


class UnitOut(Schema):
    """A unit in the region's list; `care_giver` by organisation number, `kind` and `valid_until` from HSA (R264).

    `publishes`: it is the publishing unit for `care` or for `practice` (R34).
    """

    unit_id: str
    name: str
    organisation: str
    care_giver: str
    kind: str | None
    valid_until: date | None
    active: bool
    publishes: Purpose | None


class PractitionerOut(Schema):
    """Somebody to choose as practitioner; `label` is the name with the HSA-id in brackets (R47)."""

    person_id: str
    name: str
    label: str


@router.put("/units/{hsa_id}", summary="Activate a unit")
@refuses(
    DirectoryUnavailableError,
    LastPermissionAdministratorError,
    NotAtUnitError,
    PublishingRoleMissingError,
    RegionalRoleError,
    StaffNotInDirectoryError,
    UnitNotInDirectoryError,
)
async def activate(
    *,
    hsa_id: UnitId,
    body: ActivateUnitIn,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.ACTIVATE_UNIT)],
    units: UnitsOf,
    ports: Annotated[Ports, PortsOf],
) -> StaffOut:
    """Names its permission administrators. On an active unit it adds them, for one that has lost its own."""
    command = ActivateUnit(hsa_id, body.permission_administrators)
    unit = await units.run(caller, lambda work: activate_unit(command, work, ports.directory))
    return _staff_out(unit, response)


@router.put("/units/{hsa_id}/staff/{person_id}/roles", summary="Give a person roles at the own unit")
@refuses(
    DirectoryUnavailableError,
    LastPermissionAdministratorError,
    NotAtUnitError,
    PublishingRoleMissingError,
    RegionalRoleError,
    StaffNotInDirectoryError,
    StaleUnitError,
    UnitNotFoundError,
    UnitNotInDirectoryError,
)
async def grant(
    *,
    hsa_id: UnitId,
    person_id: StaffId,
    body: GrantRolesIn,
    version: OptionalVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.GRANT_ROLES)],
    units: UnitsOf,
    ports: Annotated[Ports, PortsOf],
) -> StaffOut:
    """The person holds exactly these roles from now on. The unit keeps at least one permission administrator."""
    command = GrantRoles(hsa_id, person_id, frozenset(role.value for role in body.roles), version)
    unit = await units.run(caller, lambda work: grant_roles(command, work, ports.directory))
    return _staff_out(unit, response)


@router.get("/units", summary="List the region's units")
async def list_(
    *,
    caller: Annotated[Staff, Needs(Permission.ACTIVATE_UNIT)],
    units: UnitsOf,
    state: Annotated[Literal["active", "inactive", "all"], Query()] = "all",
    q: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[UnitOut]:
    """Every unit that uses the service or has used it, with what HSA said when it was activated (R264)."""
    after = read_cursor(cursor, str)
    asked = ListUnits({"active": True, "inactive": False}.get(state), q.strip(), after, limit)
    found = await units.run(caller, lambda work: list_units(asked, work))
    last = found[limit - 1].id if len(found) > limit else None
    return Page[UnitOut](
        items=[_unit_out(unit) for unit in found[:limit]],
        next=None if last is None else cursor_after(last, last),
    )


@router.post("/units/{hsa_id}/inactivate", summary="Inactivate a unit")
@refuses(UnitNotFoundError)
async def inactivate(
    hsa_id: UnitId, caller: Annotated[Staff, Needs(Permission.ACTIVATE_UNIT)], units: UnitsOf
) -> UnitOut:
    """Nothing new begins there; what runs is conducted and ended as before. A unit is never removed (R266)."""
    return _unit_out(await units.run(caller, lambda work: inactivate_unit(hsa_id, work)))


@router.post("/units/{hsa_id}/reactivate", summary="Re-activate a unit")
@refuses(UnitNotFoundError)
async def reactivate(
    hsa_id: UnitId, caller: Annotated[Staff, Needs(Permission.ACTIVATE_UNIT)], units: UnitsOf
) -> UnitOut:
    """It may use the service again, with the roles it had."""
    return _unit_out(await units.run(caller, lambda work: reactivate_unit(hsa_id, work)))


@router.get("/units/{hsa_id}/staff", summary="See who holds which roles at a unit")
@refuses(UnitNotFoundError)
async def see_staff(
    hsa_id: UnitId,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.SEE_STAFF)],
    units: UnitsOf,
) -> StaffOut:
    """The own unit's staff; a region's administrator sees every unit's."""
    unit = await units.run(caller, lambda work: unit_in_reach(work, hsa_id))
    return _staff_out(unit, response)


@router.get("/practitioners", summary="List the practitioners of the own unit")
@refuses(UnitNotFoundError)
async def list_practitioners(
    caller: Annotated[Staff, Needs(Permission.START_MOMENT)], units: UnitsOf
) -> list[PractitionerOut]:
    """Whom to choose from when a moment is started or handed over (R47)."""
    unit: Unit = await units.run(caller, lambda work: unit_in_reach(work, caller.unit))
    return [
        PractitionerOut(person_id=person.hsa_id, name=person.name, label=f"{person.name} ({person.hsa_id})")
        for person in unit.holders(PRACTITIONER)
    ]


def _unit_out(unit: Unit) -> UnitOut:
    return UnitOut(
        unit_id=unit.id,
        name=unit.name,
        organisation=unit.organisation,
        care_giver=care_giver_of(unit.id),
        kind=unit.kind,
        valid_until=unit.valid_until,
        active=unit.is_active,
        publishes=unit.publishes,
    )


def _staff_out(unit: Unit, response: Response) -> StaffOut:
    response.headers["ETag"] = etag(unit.version)
    people = sorted(unit.people.values(), key=lambda person: (person.name, person.hsa_id))
    return StaffOut(
        unit_id=unit.id,
        name=unit.name,
        organisation=unit.organisation,
        staff=[
            PersonOut(
                person_id=person.hsa_id, name=person.name, roles=sorted(Role(role) for role in person.roles)
            )
            for person in people
            if person.roles
        ],
        warnings=warnings_of(unit),
    )


def warnings_of(unit: Unit) -> list[Notice]:
    """The roles that too few people hold at the unit (R275, R284)."""
    return [
        notice(
            "role-held-by-few" if scarce.least > 1 else "role-held-by-nobody",
            role=scarce.role,
            count=scarce.count,
        )
        for scarce in unit.scarcities
    ]
