"""Tries that overtake each other: what is found out or fails belongs to one try, and is held against no other."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chassis.mongo import UnavailableError
from deploy.embedded.behaviour import Mode
from services.notifications.domain.sending import NotFound, Result, Trace
from services.notifications.providers.directory import DirectoryAwayError, StaffEntry
from services.notifications.providers.port import Outgoing
from services.notifications.sending.staff import StaffDesk
from services.notifications.tests.test_staff import ADDRESS, Directory, a_flag, ticked
from services.notifications.tests.world import QUICK, World, a_mobile, a_resident

ALICE, NUMBER = a_resident(), a_mobile()


async def leases_run_out(world: World) -> None:
    await world.room.database["sendings"].update_many({}, [{"$set": {"next_at": "$$NOW"}}])


async def test_what_was_sent_while_somebody_looked_into_it_stays_sent(world: World) -> None:
    """The answer comes so late that another worker asks already, and finds the directory away."""
    await ticked(world)
    await world.hears(a_flag(world), service="flags")
    (sending,) = await world.sendings()
    asked, may_answer = asyncio.Event(), asyncio.Event()

    class Slow:
        def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
            return world.providers["email"].asked_by(message, reference)

        async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
            asked.set()
            await may_answer.wait()
            return await world.providers["email"].send(message, reference, traceparent)

    slow = world.sender(providers={"email": Slow()}, staff=StaffDesk(Directory(), ""))
    trying = asyncio.create_task(slow.attempt(sending["_id"]))
    await asked.wait()
    await leases_run_out(world)

    class AwayMeanwhile(Directory):
        async def staff(self, tenant: str, hsa_id: str) -> StaffEntry | None:
            may_answer.set()
            await trying
            raise DirectoryAwayError

    await world.sender(staff=StaffDesk(AwayMeanwhile(), "")).look(sending["_id"])

    (sending,) = await world.sendings()
    assert (sending["state"], len(world.mails_to(ADDRESS))) == ("sent", 1)
    assert (await world.balance()).outcomes["sent"] == 1


async def test_what_was_found_out_about_one_try_lets_no_later_one_be_sent_again(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks())
    (sending,) = await world.sendings()
    at_once = world.sender(pace=replace(QUICK, settle=0.0))
    world.gateway_does(Mode.HANG, count=None)
    await at_once.attempt(sending["_id"])

    class Stalled:
        def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
            return world.providers["sms"].asked_by(message, reference)

        async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
            await leases_run_out(world)
            await at_once.look(sending["_id"])
            await at_once.attempt(sending["_id"])
            return NotFound()

    await world.sender(pace=replace(QUICK, settle=0.0), providers={"sms": Stalled()}).look(sending["_id"])

    (sending,) = await world.sendings()
    assert (sending["state"], sending["attempts"]) == ("unknown", 2)


async def test_what_fails_before_anybody_was_called_leaves_nothing_unknown(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks())
    (sending,) = await world.sendings()

    class Away:
        async def load_many(self, tenant: str, subjects: Collection[str]) -> dict[str, Any]:
            raise UnavailableError

    cut_off = replace(world.room, keyring=Away())  # type: ignore[arg-type]
    with pytest.raises(UnavailableError):
        await world.sender(room=cut_off).attempt(sending["_id"])

    (sending,) = await world.sendings()
    assert (sending["state"], sending["attempts"]) == ("due", 0)
