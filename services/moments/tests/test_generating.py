"""Made-up moments: valid, sealed, the same each time, and never silently among real ones."""

from datetime import date

import pytest

from chassis.committer import Committer
from chassis.personnummer import normalise
from chassis.testing import raw_bytes
from chassis.units import Units
from services.moments.generating.moments import MOST_MOMENTS
from services.moments.generating.people import personnummer_of
from services.moments.generating.region import (
    OtherMomentsError,
    generate,
    refuse_among_others,
    staff_id,
    unit_id,
)
from services.moments.programs.definitions.reading import read_definition
from services.moments.tests.world import PROGRAMS, World
from services.moments.work import MomentsWork


@pytest.mark.parametrize("number", [0, 1, 27_999, 28_000, 123_456, MOST_MOMENTS - 1])
def test_made_up_numbers_are_valid_test_numbers(number: int) -> None:
    digits = personnummer_of(number)

    assert normalise(digits, date(2026, 11, 20)).digits == digits
    assert digits[8:10] == "98"


def test_made_up_people_have_numbers_of_their_own() -> None:
    assert len({personnummer_of(number) for number in range(60_000)}) == 60_000


async def test_made_up_moments_are_listed_searched_and_opened_like_any_other(empty_world: World) -> None:
    world = empty_world
    programs = [read_definition((PROGRAMS / "tobakshjalpen.yaml").read_text("utf-8"))]
    units = Units(world.room, Committer(world.room.client, world.room.database), MomentsWork)

    told = [n async for n in generate(world.room, units, world.tenant, programs, moments=60, at_units=2)]
    more = [n async for n in generate(world.room, units, world.tenant, programs, moments=10, at_units=2)]

    assert (told, more) == ([60], [10])
    await refuse_among_others(world.room, world.tenant)
    caller = world.staff(staff_id(0, 0), unit_id(0))
    page = (await world.call("POST", "/moments/search", caller, {"limit": 200})).json()
    assert page["counts"]["all"] + page["counts"]["ended"] == 35
    row = page["items"][0]
    opened = await world.reads(f"/moments/{row['moment_id']}", caller)
    assert opened["resident"]["name"] == row["resident"]["name"]
    timeline = await world.reads(f"/moments/{row['moment_id']}/timeline", caller)
    assert "har fått en ansvarig behandlare" in str(timeline)
    stored = await raw_bytes(world.room)
    assert personnummer_of(0).encode() not in stored
    assert row["resident"]["name"].split(",")[0].encode() not in await sealed_bytes(world)


async def sealed_bytes(world: World) -> bytes:
    """What is stored of residents and moments; the names of staff and units are no secret."""
    names = ("moments", "residents", "standings", "timeline", "progress")
    database = world.room.database
    return b"".join(
        [str(document).encode() for name in names for document in await database[name].find().to_list(None)]
    )


async def test_moments_are_not_made_up_among_real_ones_unasked(world: World) -> None:
    await world.started()

    with pytest.raises(OtherMomentsError, match="--yes"):
        await refuse_among_others(world.room, world.tenant)
