"""A unit's own rules: who may be left without which role."""

from datetime import UTC, datetime

import pytest

from services.moments.units.domain.unit import (
    Activated,
    Granted,
    LastPermissionAdministratorError,
    RegionalRoleError,
    Scarcity,
    Unit,
)

AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
ADMIN = "permission_admin"


def a_unit(*administrators: str) -> Unit:
    unit = Unit.activated("SE2321000131-E1", "Vårdcentralen", "Region", at=AT, by="karin")
    unit.appoint({name: name.title() for name in administrators or ("cecilia",)}, at=AT, by="karin")
    return unit


def give(unit: Unit, person: str, *roles: str) -> None:
    unit.grant(person, person.title(), roles, at=AT, by="cecilia")


@pytest.mark.rule("R265")
def test_a_unit_is_activated_with_its_permission_administrators() -> None:
    unit = a_unit("cecilia", "david")

    assert unit.events == [
        Activated(AT, "karin"),
        Granted("cecilia", frozenset({ADMIN}), AT, "karin"),
        Granted("david", frozenset({ADMIN}), AT, "karin"),
    ]


@pytest.mark.rule("R278")
def test_roles_add_up() -> None:
    unit = a_unit()

    unit.appoint({"cecilia": "Cecilia"}, at=AT, by="karin")
    give(unit, "cecilia", ADMIN, "practitioner")

    assert unit.roles_of("cecilia") == {ADMIN, "practitioner"}


@pytest.mark.rule("R282")
@pytest.mark.decision("D36")
@pytest.mark.parametrize("left", [(), ("practitioner",)])
def test_the_last_permission_administrator_keeps_the_role(left: tuple[str, ...]) -> None:
    unit = a_unit()

    with pytest.raises(LastPermissionAdministratorError):
        give(unit, "cecilia", *left)


@pytest.mark.rule("R280")
def test_one_of_two_permission_administrators_can_leave() -> None:
    unit = a_unit("cecilia", "david")

    give(unit, "cecilia")

    assert unit.roles_of("cecilia") == frozenset()
    assert [person.hsa_id for person in unit.holders(ADMIN)] == ["david"]


@pytest.mark.rule("R275")
@pytest.mark.decision("D36")
def test_a_role_that_fewer_than_two_hold_is_told() -> None:
    unit = a_unit("cecilia", "david")
    give(unit, "anna", "practitioner")

    assert unit.scarcities == [
        Scarcity("practitioner", 1),
        Scarcity("resident_admin", 0),
        Scarcity("data_admin", 0),
    ]


def test_the_same_roles_again_are_not_said_again() -> None:
    unit = a_unit()
    give(unit, "anna", "practitioner")
    unit.events.clear()

    give(unit, "anna", "practitioner")

    assert unit.events == []


@pytest.mark.rule("R283")
def test_the_regions_administrator_is_not_made_at_a_unit() -> None:
    with pytest.raises(RegionalRoleError):
        give(a_unit(), "anna", "caregiver_admin")
