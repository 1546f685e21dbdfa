"""Roles, permissions, and the one table that says which role grants which permission (R267 to R286).

The table is part of the published language because each service checks its own endpoints against it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """Roles are given per unit and add up (R267, R278); the region's administrator stands in the tenant's file."""

    PRACTITIONER = "practitioner"
    RESIDENT_ADMIN = "resident_admin"
    PERMISSION_ADMIN = "permission_admin"
    DATA_ADMIN = "data_admin"
    CAREGIVER_ADMIN = "caregiver_admin"
    DESIGNER = "designer"
    PUBLISHER = "publisher"


class Permission(StrEnum):
    """What an endpoint asks for: exactly one of these each."""

    ACTIVATE_UNIT = "unit.activate"
    GRANT_ROLES = "roles.grant"
    SEE_STAFF = "staff.see"
    UPLOAD_PROGRAM = "program.upload"
    PUBLISH_PROGRAM = "program.publish"
    ACTIVATE_PROGRAM = "program.activate"
    OPEN_PROGRAM = "program.open"
    SEE_PROGRAMS = "program.see"
    LOOK_UP_RESIDENT = "resident.look_up"
    START_MOMENT = "moment.start"
    SEE_MOMENTS = "moment.see"
    CONDUCT_MOMENT = "moment.conduct"
    REASSIGN_MOMENT = "moment.reassign"
    END_MOMENT = "moment.end"
    CATEGORISE_MOMENT = "moment.categorise"
    SEE_MESSAGES = "message.see"
    WRITE_MESSAGES = "message.write"
    SEE_NOTIFICATIONS = "notification.see"
    SEE_FLAGS = "flag.see"
    HANDLE_FLAGS = "flag.handle"
    SEE_ENDED = "ended.see"
    PURGE = "moment.purge"
    EXPORT = "moment.export"
    SEE_AUDIT = "audit.see"
    WRITE_BANNERS = "banner.write"
    WRITE_REGIONAL_BANNERS = "banner.write_for_region"
    WRITE_CATEGORIES = "category.write"
    OPERATE = "operations"


_CARE = frozenset(
    {
        Permission.SEE_STAFF,
        Permission.SEE_PROGRAMS,
        Permission.LOOK_UP_RESIDENT,
        Permission.START_MOMENT,
        Permission.SEE_MOMENTS,
        Permission.CATEGORISE_MOMENT,
        Permission.SEE_FLAGS,
        Permission.HANDLE_FLAGS,
        Permission.SEE_NOTIFICATIONS,
        Permission.SEE_ENDED,
    }
)

GRANTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.PRACTITIONER: _CARE
        | {
            Permission.CONDUCT_MOMENT,
            Permission.REASSIGN_MOMENT,
            Permission.END_MOMENT,
            Permission.SEE_MESSAGES,
            Permission.WRITE_MESSAGES,
        },
        Role.RESIDENT_ADMIN: _CARE
        | {
            Permission.REASSIGN_MOMENT,
            Permission.OPEN_PROGRAM,
            Permission.WRITE_BANNERS,
            Permission.WRITE_CATEGORIES,
        },
        Role.PERMISSION_ADMIN: frozenset({Permission.GRANT_ROLES, Permission.SEE_STAFF}),
        Role.DATA_ADMIN: frozenset({Permission.SEE_ENDED, Permission.PURGE, Permission.EXPORT}),
        Role.CAREGIVER_ADMIN: frozenset(
            {
                Permission.ACTIVATE_UNIT,
                Permission.ACTIVATE_PROGRAM,
                Permission.WRITE_REGIONAL_BANNERS,
                Permission.SEE_PROGRAMS,
                Permission.SEE_STAFF,
                Permission.SEE_AUDIT,
                Permission.OPERATE,
            }
        ),
        Role.DESIGNER: frozenset({Permission.UPLOAD_PROGRAM, Permission.SEE_PROGRAMS}),
        Role.PUBLISHER: frozenset(
            {Permission.UPLOAD_PROGRAM, Permission.PUBLISH_PROGRAM, Permission.SEE_PROGRAMS}
        ),
    }
)


def grants(roles: frozenset[Role], permission: Permission) -> bool:
    """Whether any of the roles grants the permission; the roles held add up (R278)."""
    return any(permission in GRANTS[role] for role in roles)
