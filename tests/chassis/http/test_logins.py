"""Whose token is in order and who is not let in all the same."""

import pytest

from chassis.http.identity import InvalidTokenError
from tests.chassis.http.edge import World, a_world

COORDINATION = "197010632391"


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.mark.rule("R276")
@pytest.mark.parametrize("purpose", [None, "Administration", 5])
async def test_staff_at_a_unit_have_an_assignment_for_care_and_treatment(
    world: World, purpose: object
) -> None:
    with pytest.raises(InvalidTokenError, match="assignment"):
        await world.access.identity.caller(world.vgr.staff(commissionPurpose=purpose)["Authorization"])

    assert await world.access.identity.caller(
        world.vgr.staff(unit=None, commissionPurpose=purpose)["Authorization"]
    )


@pytest.mark.rule("R352")
async def test_nobody_logs_in_with_a_coordination_number(world: World) -> None:
    with pytest.raises(InvalidTokenError, match="coordination") as refusal:
        await world.access.identity.caller(world.vgr.resident(COORDINATION)["Authorization"])

    assert COORDINATION not in str(refusal.value)
