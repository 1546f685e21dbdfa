"""A moment that a resident started alone waits, flagged, until somebody answers for it."""

import pytest

from chassis.testing import said
from contracts.flags import FlagHandled, FlagRaised
from services.flags.tests.world import ANNA, MOMENT, World


@pytest.mark.rule("R63")
@pytest.mark.decision("D31")
async def test_what_a_resident_starts_alone_is_flagged_until_it_has_a_practitioner(world: World) -> None:
    await world.hears(world.started().model_copy(update={"self_started": True}))
    waiting = await world.flags()

    await world.hears(world.assigned(MOMENT, ANNA))

    assert [(flag["type"], flag["practitioner"], flag["state"]) for flag in waiting] == [
        ("unassigned", None, "open")
    ]
    assert [(flag["practitioner"], flag["state"]) for flag in await world.flags()] == [(ANNA, "handled")]
    (raised,), (handled,) = await said(world.room, FlagRaised), await said(world.room, FlagHandled)
    assert (raised.flag_type, raised.audience, handled.flag_type) == (
        "unassigned",
        "practitioner",
        "unassigned",
    )


async def test_what_staff_start_is_not_flagged(world: World) -> None:
    await world.hears_a_moment()

    assert await world.flags() == []
