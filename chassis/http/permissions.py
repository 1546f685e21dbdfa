"""May they: every endpoint declares exactly one need, and a caller is admitted by it before the body is read.

Staff hold permissions at the unit in their token through roles; a region's administrators stand in the tenant's
file and hold the administrator's role everywhere in it. Residents hold an account that is open.
"""

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from fastapi import Depends, Request

from chassis.errors import ForbiddenError
from chassis.http.accounts import Accounts, UncheckedAccounts
from chassis.http.identity import Caller, Identity, Resident, Staff

_FRESH_SECONDS = 1.0
_MOST_REMEMBERED = 10_000

CALLER = "sob.caller"

RoleT = TypeVar("RoleT", bound=Hashable)


class PermissionMissingError(ForbiddenError):
    def __init__(self, permission: str, unit: str) -> None:
        where = f"at {unit}" if unit else "without a unit"
        super().__init__(
            f"The caller lacks {permission} {where}: a permission administrator of the unit grants roles.",
            permission=permission,
        )


class NotAdministratorError(ForbiddenError):
    def __init__(self, tenant: str) -> None:
        super().__init__(f"Only administrators in the tenant file of {tenant} may do this.")


class StaffOnlyError(ForbiddenError):
    def __init__(self) -> None:
        super().__init__("Only staff may do this: use a token of a member of staff.")


class ResidentOnlyError(ForbiddenError):
    def __init__(self) -> None:
        super().__init__("Only a resident may do this: use a token of a resident.")


class Grants(Protocol):
    """The roles a service has heard of."""

    async def roles(self, tenant: str, unit: str, person: str) -> frozenset[Any]:
        """The roles of a person at a unit, none if nothing is known."""
        ...


class RememberedGrants:
    """Grants asked for no more than once a second and person: a withdrawn role works that much longer."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants
        self._known: dict[tuple[str, str, str], tuple[float, frozenset[Any]]] = {}

    async def roles(self, tenant: str, unit: str, person: str) -> frozenset[Any]:
        who = (tenant, unit, person)
        known = self._known.get(who)
        now = time.monotonic()
        if known is not None and now < known[0]:
            return known[1]
        roles = await self._grants.roles(tenant, unit, person)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[who] = (now + _FRESH_SECONDS, roles)
        return roles


@dataclass(frozen=True, slots=True)
class Access:
    """What admission is decided by: who asks, their roles, and the table from role to permissions."""

    identity: Identity
    grants: Grants
    table: Mapping[Any, frozenset[Any]]
    administrator: Hashable | None = None
    accounts: Accounts = field(default_factory=UncheckedAccounts)

    async def allows(self, caller: Staff, permission: Hashable) -> bool:
        """Whether the caller's roles at the unit of the token hold the permission."""
        if self.administers(caller) and permission in self.table.get(self.administrator, ()):
            return True
        if not caller.unit:
            return False
        roles = await self.grants.roles(caller.tenant, caller.unit, caller.hsa_id)
        return any(permission in self.table.get(role, ()) for role in roles)

    def administers(self, caller: Staff) -> bool:
        """Whether the caller is an administrator of the region."""
        return caller.hsa_id in self.identity.tenants.by_slug(caller.tenant).administrators


class Need:
    """What one endpoint asks of its caller. As a dependency it hands over the caller that was admitted."""

    name: str

    async def __call__(self, request: Request) -> Any:
        return request.scope[CALLER]

    async def admit(self, access: Access, authorization: str | None) -> Caller | None:
        """The caller, or a refusal."""
        raise NotImplementedError


class PermissionNeed(Need):
    def __init__(self, permission: Hashable) -> None:
        self.permission = permission
        self.name = str(permission)

    async def admit(self, access: Access, authorization: str | None) -> Caller:
        caller = await access.identity.caller(authorization)
        if not isinstance(caller, Staff):
            raise StaffOnlyError
        if not await access.allows(caller, self.permission):
            raise PermissionMissingError(self.name, caller.unit)
        return caller


class AdministratorNeed(Need):
    name = "administrator"

    async def admit(self, access: Access, authorization: str | None) -> Caller:
        caller = await access.identity.caller(authorization)
        if not isinstance(caller, Staff):
            raise StaffOnlyError
        if not access.administers(caller):
            raise NotAdministratorError(caller.tenant)
        return caller


class StaffNeed(Need):
    name = "staff"

    async def admit(self, access: Access, authorization: str | None) -> Caller:
        caller = await access.identity.caller(authorization)
        if not isinstance(caller, Staff):
            raise StaffOnlyError
        return caller


class ResidentNeed(Need):
    name = "resident"

    async def admit(self, access: Access, authorization: str | None) -> Caller:
        caller = await access.identity.caller(authorization)
        if not isinstance(caller, Resident):
            raise ResidentOnlyError
        await access.accounts.must_be_open(caller)
        return caller


class PublicNeed(Need):
    name = "public"

    async def __call__(self, request: Request) -> None:
        return None

    async def admit(self, access: Access, authorization: str | None) -> None:
        return None


def Needs(permission: Hashable) -> Any:  # noqa: N802
    """`caller: Annotated[Staff, Needs(Permission.X)]`: staff who hold the permission at their unit."""
    return Depends(PermissionNeed(permission))


def NeedsAdministrator() -> Any:  # noqa: N802
    """`caller: Annotated[Staff, NeedsAdministrator()]`: an administrator of the region."""
    return Depends(AdministratorNeed())


def NeedsStaff() -> Any:  # noqa: N802
    """`caller: Annotated[Staff, NeedsStaff()]`: any staff of the tenant (who am I)."""
    return Depends(StaffNeed())


def NeedsResident() -> Any:  # noqa: N802
    """`caller: Annotated[Resident, NeedsResident()]`: any resident, for their own."""
    return Depends(ResidentNeed())


def Public() -> Any:  # noqa: N802
    """`dependencies=[Public()]`: nobody is asked who they are."""
    return Depends(PublicNeed())
