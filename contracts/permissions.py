"""docs/permissions.md: the table of `contracts.access` as people read it, with what each permission lets one do."""

from collections.abc import Mapping
from types import MappingProxyType

from contracts.access import GRANTS, Permission, Role

ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.PRACTITIONER: "Practitioner (behandlare)",
        Role.RESIDENT_ADMIN: "Resident administrator (invånaradministratör)",
        Role.PERMISSION_ADMIN: "Permission administrator (behörighetsadministratör)",
        Role.DATA_ADMIN: "Data administrator (dataadministratör)",
        Role.CAREGIVER_ADMIN: "Care giver administrator (vårdgivaradministratör)",
        Role.DESIGNER: "Designer (designer)",
        Role.PUBLISHER: "Publisher (utgivare)",
    }
)
MEANINGS: Mapping[Permission, str] = MappingProxyType(
    {
        Permission.ACTIVATE_UNIT: "List, activate, inactivate and re-activate units, and name the publishing units",
        Permission.GRANT_ROLES: "Give and take roles at the unit",
        Permission.SEE_STAFF: "See who holds which roles at the unit",
        Permission.UPLOAD_PROGRAM: "Upload versions of programs",
        Permission.PUBLISH_PROGRAM: "Publish versions to care givers and other regions, and take them back",
        Permission.ACTIVATE_PROGRAM: "Activate programs on units and apply MINOR versions",
        Permission.OPEN_PROGRAM: "Let a group of residents start a program alone",
        Permission.SEE_PROGRAMS: "Read the content catalogue",
        Permission.LOOK_UP_RESIDENT: "Look residents up by number",
        Permission.START_MOMENT: "Start moments",
        Permission.SEE_MOMENTS: "See and open the unit's moments",
        Permission.CONDUCT_MOMENT: "Conduct moments: modules, steps, welcome text, maintenance",
        Permission.REASSIGN_MOMENT: "Change practitioner, of own moments or as resident administrator of all",
        Permission.END_MOMENT: "End and hand over moments one is responsible for",
        Permission.CATEGORISE_MOMENT: "Put moments in categories of the unit",
        Permission.SEE_MESSAGES: "Read conversations",
        Permission.WRITE_MESSAGES: "Write messages",
        Permission.SEE_NOTIFICATIONS: "See what a resident has been notified of, and why or why not",
        Permission.SEE_FLAGS: "See flags",
        Permission.HANDLE_FLAGS: "Handle flags",
        Permission.SEE_ENDED: "See ended moments and purges",
        Permission.PURGE: "Purge ended moments",
        Permission.EXPORT: "Export ended moments",
        Permission.SEE_AUDIT: "Read the audit log",
        Permission.WRITE_BANNERS: "Write banners at the unit",
        Permission.WRITE_REGIONAL_BANNERS: "Write banners for every unit",
        Permission.WRITE_CATEGORIES: "Decide the unit's categories",
        Permission.OPERATE: "Operate: dead messages, drains",
    }
)

_HEAD = """# Roles and permissions

Made by `python -m contracts permissions > docs/permissions.md` from `contracts/access.py`, which every service
checks its endpoints by. Each endpoint asks for exactly one permission, at the unit in the caller's token.

Roles are given per unit and add up; a change of them is known in every service within a second of the message. The care
giver administrator is no role of a unit: it stands in the region's file and holds everywhere in the region. Residents
have no role: they reach what is their own.
"""


def page() -> str:
    """The whole page."""
    roles = list(Role)
    lines = [_HEAD, "| Permission | Lets one | " + " | ".join(f"`{role.value}`" for role in roles) + " |"]
    lines.append("|---|---|" + ":-:|" * len(roles))
    for permission in Permission:
        held = " | ".join("x" if permission in GRANTS[role] else "" for role in roles)
        lines.append(f"| `{permission.value}` | {MEANINGS[permission]} | {held} |")
    lines += ["", "| Role | Is |", "|---|---|"]
    lines += [f"| `{role.value}` | {told} |" for role, told in ROLES.items()]
    return "\n".join(lines) + "\n"
