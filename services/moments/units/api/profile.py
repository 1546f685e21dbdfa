"""My profile over HTTP, for staff (R190, R201, R230, R344)."""

from typing import Annotated

from chassis.http.identity import Staff
from chassis.http.permissions import NeedsStaff
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import PortsOf, UnitsOf
from contracts.access import GRANTS, Permission, Role
from services.moments.directory import Ports
from services.moments.directory.over_http import DirectoryUnavailableError
from services.moments.units.domain.unit import Unit
from services.moments.units.usecases.read_profile import Profile, read_profile

router = Router(prefix="/me", tags=["units"])


class UnitToChoose(Schema):
    """A unit to choose at login, and what I may do there; roles add up (R278). What runs at one for practice is none
    of care (R285).
    """

    unit_id: str
    name: str
    organisation: str
    for_practice: bool
    roles: list[Role]
    permissions: list[Permission]


class ProfileOut(Schema):
    """E-mail and phone come from HSA and are changed there; one that is null is missing in HSA (R190, R201)."""

    person_id: str
    name: str
    email: str | None
    phone: str | None
    unit_id: str | None
    unit_name: str | None
    region_administrator: bool
    units: list[UnitToChoose]


@router.get("/profile", summary="My profile")
@refuses(DirectoryUnavailableError)
async def profile(
    caller: Annotated[Staff, NeedsStaff()], units: UnitsOf, ports: Annotated[Ports, PortsOf]
) -> ProfileOut:
    """Who I am, which unit I work in now, and which I can choose instead."""
    found: Profile = await units.run(caller, lambda work: read_profile(work, ports.directory))
    here = next((unit for unit in found.units if unit.id == caller.unit), None)
    return ProfileOut(
        person_id=found.entry.hsa_id,
        name=found.entry.name,
        email=found.entry.email,
        phone=found.entry.phone,
        unit_id=caller.unit or None,
        unit_name=None if here is None else here.name,
        region_administrator=found.is_administrator,
        units=[_unit(unit, found) for unit in found.units],
    )


def _unit(unit: Unit, found: Profile) -> UnitToChoose:
    roles = {Role(role) for role in unit.roles_of(found.entry.hsa_id)}
    held = roles | {Role.CAREGIVER_ADMIN} if found.is_administrator else roles
    return UnitToChoose(
        unit_id=unit.id,
        name=unit.name,
        organisation=unit.organisation,
        for_practice=unit.is_for_practice,
        roles=sorted(roles),
        permissions=sorted({permission for role in held for permission in GRANTS[role]}),
    )
