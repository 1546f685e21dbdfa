"""Tries that overtake each other: what is found out or fails belongs to one try, and is held against no other."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from chassis import worker
from chassis.changes import Changes
from chassis.committer import Committer
from chassis.masterkey import KeyBrokenError
from chassis.mongo import UnavailableError
from deploy.embedded.behaviour import Mode
from services.notifications.app import SERVICE
from services.notifications.domain.sending import NotFound, Result, Trace
from services.notifications.providers.directory import DirectoryAwayError, StaffEntry
from services.notifications.providers.port import Outgoing
from services.notifications.providers.smtp import Smtp
from services.notifications.sending.posting import _READ_AHEAD, RECORD_SECONDS, Posting
from services.notifications.sending.staff import StaffDesk
from services.notifications.settings import NotificationsSettings
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


@pytest.mark.parametrize("written", [True, False])
async def test_a_known_answer_outlasts_a_database_that_is_away_for_a_while(
    world: World, *, written: bool
) -> None:
    """The relay says later, and there is no trace to ask; of the first commit nobody knows whether it was written."""
    await world.has_on(ALICE, email=ADDRESS)
    smtp = world.providers["email"]
    assert isinstance(smtp, Smtp)
    smtp._trace = None
    world.sink_does(Mode.FAIL)
    await world.hears(world.asks())
    (sending,) = await world.sendings()
    committer = Committer(world.room.client, world.room.database)
    failures = 2

    async def commit(changes: Changes) -> None:
        nonlocal failures
        failures -= 1
        if failures < 0 or written:
            await committer.commit(changes)
        if failures >= 0:
            raise UnavailableError

    await world.sender(commit=commit, pace=replace(QUICK, lease=5.0)).attempt(sending["_id"])

    (sending,) = await world.sendings()
    assert (sending["state"], sending["attempts"], len(sending["story"])) == ("due", 1, 1)
    await world.sends()
    assert len(world.mails_to(ADDRESS)) == 1 and len(await world.settled()) == 1


async def test_a_worker_that_stops_lets_every_provider_take_all_its_time(world: World) -> None:
    told = NotificationsSettings.model_construct()
    here = replace(world.api_surroundings, settings=told)

    posting = SERVICE.loops(here, world.ports)["posting"]

    assert isinstance(posting, Posting) and posting.finish_seconds > told.provider_seconds
    with pytest.raises(ValidationError, match="provider_seconds"):
        NotificationsSettings(provider_seconds=worker.FINISH_SECONDS - RECORD_SECONDS + 1)


async def test_what_cannot_be_made_ready_is_put_off_and_holds_up_no_other(world: World) -> None:
    """As many as are read ahead cannot be opened, and stand before one that can."""
    bob, his = a_resident(2), a_mobile(2)
    await world.has_on(ALICE, sms=NUMBER)
    await world.has_on(bob, sms=his)
    await world.hears(*(world.asks() for _ in range(_READ_AHEAD)))
    await world.hears(world.asks(recipient_id=bob))

    class Broken:
        async def load_many(self, tenant: str, subjects: Collection[str]) -> dict[str, Any]:
            if ALICE in subjects:
                raise KeyBrokenError
            return await world.room.keyring.load_many(tenant, subjects)

    room = replace(world.room, keyring=Broken())  # type: ignore[arg-type]
    sender = world.sender(room=room, pace=replace(QUICK, lease=60.0))
    async with asyncio.timeout(20):
        await world.posting(sender).work_off()

    assert (len(world.texts_to(his)), world.texts_to(NUMBER)) == (1, [])
    put_off = [sending for sending in await world.sendings() if sending["resident"] == ALICE]
    assert {(each["state"], each["attempts"], len(each["story"])) for each in put_off} == {("due", 0, 1)}
    account = await world.balance()
    assert account.balanced and account.outcomes["pending"] == _READ_AHEAD
    await world.room.database["sendings"].update_many({"state": "due"}, [{"$set": {"next_at": "$$NOW"}}])
    await world.posting().work_off()
    assert len(world.texts_to(NUMBER)) == _READ_AHEAD


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
