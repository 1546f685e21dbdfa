"""Looking residents up over HTTP: by body, because a number never stands in an address."""

from typing import Annotated

from pydantic import Field

from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.personnummer import InvalidPersonnummerError, ReserveNumberError
from chassis.service import PortsOf, UnitsOf
from contracts.access import Permission
from services.moments.directory import Ports, ResidentNotInRegisterError
from services.moments.directory.over_http import DirectoryUnavailableError
from services.moments.moments.domain.errors import MomentNotFoundError
from services.moments.residents.domain.resident import ProtectedIdentityError, ResidentLeavingError
from services.moments.residents.usecases.fetch_mobile_number import fetch_mobile_number
from services.moments.residents.usecases.look_up_resident import LookUpResident, look_up_resident
from services.moments.wording import Notice, notice

router = Router(tags=["residents"])

# Short or full, or something mistyped that the domain refuses without repeating it.
WrittenNumber = Annotated[str, Field(min_length=1, max_length=40)]


class LookUpIn(Schema):
    personnummer: WrittenNumber = Field(repr=False)


class MobileNumberOut(Schema):
    """Null if 1177 has none."""

    mobile_number: str | None = Field(repr=False)


class LookedUpOut(Schema):
    """Name as "Surname, Given name" and the number unmasked (R45)."""

    name: str
    personnummer: str
    protected_identity: bool
    warnings: list[Notice]


@router.post("/moments/{moment_id}/mobile-number", summary="Fetch the resident's mobile number")
@refuses(
    DirectoryUnavailableError,
    MomentNotFoundError,
    ProtectedIdentityError,
    ResidentLeavingError,
    ResidentNotInRegisterError,
)
async def mobile_number(
    moment_id: str,
    caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)],
    units: UnitsOf,
    ports: Annotated[Ports, PortsOf],
) -> MobileNumberOut:
    """Fetched from 1177 at each call, stored nowhere, audited. Refused for a resident with protected identity."""
    number = await units.run(caller, lambda work: fetch_mobile_number(moment_id, work, ports.directory))
    if isinstance(number, ProtectedIdentityError):
        raise number
    return MobileNumberOut(mobile_number=number)


@router.post("/residents/lookup", summary="Look a resident up by personal identity number")
@refuses(
    DirectoryUnavailableError,
    InvalidPersonnummerError,
    ReserveNumberError,
    ResidentLeavingError,
    ResidentNotInRegisterError,
)
async def look_up(
    body: LookUpIn,
    caller: Annotated[Staff, Needs(Permission.LOOK_UP_RESIDENT)],
    units: UnitsOf,
    ports: Annotated[Ports, PortsOf],
) -> LookedUpOut:
    """Before a start: who it is, and what staff should tell them. Warnings refuse nothing (R53)."""
    command = LookUpResident(body.personnummer)
    found = await units.run(caller, lambda work: look_up_resident(command, work, ports.directory))
    return LookedUpOut(
        name=found.name,
        personnummer=found.personnummer,
        protected_identity=found.is_protected,
        warnings=[notice(warning.value) for warning in found.warnings],
    )
