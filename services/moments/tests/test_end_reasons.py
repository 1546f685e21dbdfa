"""Why a moment ends: what is shipped, and what a region has put in its file instead (D51)."""

from datetime import UTC, datetime

import httpx
import pytest

from chassis.testing import said
from contracts.moments import MomentEnded
from services.moments.moments.domain.events import EndReason
from services.moments.tests.world import ANNA, HANNA, World, a_world

OWN = {"completed": "Klar", "no_show": "Invånaren har aldrig loggat in"}


async def ends(world: World, moment: str, reason: str) -> httpx.Response:
    path = f"/moments/{moment}/end"
    return await world.call("POST", path, world.staff(ANNA), {"reason": reason}, version=1)


@pytest.mark.rule("R299", "R300")
@pytest.mark.decision("D51")
async def test_five_reasons_are_shipped_to_choose_from(world: World) -> None:
    offered = await world.reads("/end-reasons")

    assert [row["reason"] for row in offered] == [reason.value for reason in EndReason]
    assert offered[0]["text"] == "Moment slutfört"
    assert offered[1]["text"] == "Invånare avbryter momentet"
    moment = await world.started()
    refused = await ends(world, moment, "no_show")
    assert (refused.status_code, refused.json()["code"]) == (422, "end-reason-not-offered")
    assert (await world.reads(f"/moments/{moment}"))["state"] == "ongoing"
    assert (await world.call("GET", "/end-reasons", world.staff(HANNA))).status_code == 403


@pytest.mark.decision("D51")
async def test_a_regions_own_reasons_take_their_place(mongo_url: str, tenant: str) -> None:
    async with a_world(mongo_url, tenant, end_reasons=OWN) as world:
        moment = await world.started()

        offered = await world.reads("/end-reasons")
        shipped = await ends(world, moment, "resident_breaks_off")
        done = await ends(world, moment, "no_show")

        assert {row["reason"]: row["text"] for row in offered} == OWN
        assert (shipped.status_code, done.status_code) == (422, 200)
        (ended,) = await said(world.room, MomentEnded)
        assert ended.reason == "no_show"
        assert (await world.reads(f"/moments/{moment}"))["end_reason"] == "no_show"
        newest = (await world.reads(f"/moments/{moment}/timeline"))["groups"]
        told = [entry["text"] for group in newest for entry in group["entries"]]
        assert any(text.endswith("Invånaren har aldrig loggat in") for text in told)


@pytest.mark.decision("D51")
async def test_a_reason_that_the_region_has_taken_away_is_still_read(mongo_url: str, tenant: str) -> None:
    async with a_world(mongo_url, tenant) as world:
        moment = await world.started()
        await world.ends(moment)
        await world.room.database["timeline"].update_one(
            {"event": "ended"}, {"$set": {"facts.reason": "earlier_reason", "at": datetime.now(UTC)}}
        )

        groups = (await world.reads(f"/moments/{moment}/timeline"))["groups"]

        assert any(entry["text"].endswith("Annan orsak") for group in groups for entry in group["entries"])
