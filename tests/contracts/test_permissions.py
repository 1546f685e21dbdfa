"""The one table of roles and permissions, and its page."""

from pathlib import Path

import pytest

from contracts.__main__ import main
from contracts.access import GRANTS, Permission, Role, grants
from contracts.permissions import MEANINGS, ROLES

PAGE = Path("docs/permissions.md")


def test_the_page_is_what_the_table_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permissions"]) == 0
    assert PAGE.read_text("utf-8") == capsys.readouterr().out, (
        "Write it anew: python -m contracts permissions > docs/permissions.md"
    )


def test_every_role_and_permission_is_told_and_granted_somewhere() -> None:
    assert set(ROLES) == set(GRANTS) == set(Role)
    assert set(MEANINGS) == set(Permission)
    assert set().union(*GRANTS.values()) == set(Permission)


@pytest.mark.rule("R278", "R281")
def test_roles_add_up() -> None:
    together = frozenset({Role.PRACTITIONER, Role.RESIDENT_ADMIN, Role.DATA_ADMIN})

    held = {permission for permission in Permission if grants(together, permission)}

    assert held == GRANTS[Role.PRACTITIONER] | GRANTS[Role.RESIDENT_ADMIN] | GRANTS[Role.DATA_ADMIN]


@pytest.mark.rule("R268", "R269", "R270", "R272", "R273", "R283")
@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (Role.PERMISSION_ADMIN, {Permission.GRANT_ROLES}, {Permission.SEE_MOMENTS, Permission.START_MOMENT}),
        (
            Role.PRACTITIONER,
            {Permission.START_MOMENT, Permission.CONDUCT_MOMENT, Permission.WRITE_MESSAGES},
            {Permission.GRANT_ROLES, Permission.PURGE, Permission.WRITE_BANNERS},
        ),
        (
            Role.RESIDENT_ADMIN,
            {Permission.START_MOMENT, Permission.REASSIGN_MOMENT, Permission.WRITE_BANNERS},
            {Permission.WRITE_MESSAGES, Permission.CONDUCT_MOMENT, Permission.PURGE},
        ),
        (Role.DATA_ADMIN, {Permission.PURGE, Permission.EXPORT}, {Permission.SEE_MOMENTS}),
        (Role.DESIGNER, {Permission.UPLOAD_PROGRAM}, {Permission.PUBLISH_PROGRAM, Permission.SEE_MOMENTS}),
        (Role.PUBLISHER, {Permission.PUBLISH_PROGRAM}, {Permission.ACTIVATE_PROGRAM, Permission.SEE_MOMENTS}),
        (
            Role.CAREGIVER_ADMIN,
            {Permission.ACTIVATE_UNIT, Permission.ACTIVATE_PROGRAM, Permission.WRITE_REGIONAL_BANNERS},
            {Permission.SEE_MOMENTS, Permission.LOOK_UP_RESIDENT, Permission.SEE_MESSAGES},
        ),
    ],
)
def test_each_role_may_what_it_is_for_and_not_what_others_are(
    role: Role, may: set[Permission], may_not: set[Permission]
) -> None:
    assert may <= GRANTS[role]
    assert not may_not & GRANTS[role]
