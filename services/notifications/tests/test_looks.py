"""A look asks about the try that was made: of accounts, senders and texts that were changed since it learns nothing."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chassis.tenancy import Tenants
from chassis.testing import a_tenant
from chassis.work import Room
from deploy.embedded.behaviour import Mode
from services.notifications.domain.sending import Accepted, NotFound, Result, Trace
from services.notifications.providers.elks import Elks
from services.notifications.providers.port import Outgoing
from services.notifications.providers.switching import Switching
from services.notifications.tests.world import PROVIDER_SECONDS, QUICK, World, a_mobile, a_resident

ALICE, NUMBER, ADDRESS = a_resident(), a_mobile(), "alice@example.se"
AT_ONCE = replace(QUICK, settle=0.0)


class Another:
    """An account that was never called."""

    sent = 0

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        self.sent += 1
        return Accepted(f"another-{self.sent}")

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        return frozenset({"another"})

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        return NotFound()


async def with_a_lost_answer(world: World) -> str:
    """One SMS was taken; neither its answer nor its receipt came."""
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks())
    return await loses_its_answer(world)


async def loses_its_answer(world: World) -> str:
    """The one SMS that is due is taken, and nobody hears of it."""
    elks = world.providers["sms"]
    assert isinstance(elks, Elks)
    world.providers["sms"] = Elks(elks._client, "http://127.0.0.1:9", PROVIDER_SECONDS, "user")
    world.gateway_does(Mode.DROP)
    (sending,) = await world.sendings()
    await world.sender(pace=AT_ONCE).attempt(sending["_id"])
    return str(sending["_id"])


def changed(world: World, **settings: Any) -> Room:
    """The process is begun again with another tenant file."""
    return replace(world.room, tenants=Tenants.of([a_tenant(world.tenant).model_copy(update=settings)]))


async def state(world: World) -> str:
    (sending,) = await world.sendings()
    assert sending["next_at"] is None or sending["state"] == "unknown"
    return str(sending["state"])


async def test_what_is_unknown_at_one_account_is_not_sent_because_another_has_not_taken_it(
    world: World,
) -> None:
    sending, another = await with_a_lost_answer(world), Another()

    await world.sender(pace=AT_ONCE, providers={"sms": another}).look(sending)

    assert (await state(world), another.sent) == ("unknown", 0)
    await world.room.database["sendings"].update_many({}, [{"$set": {"next_at": "$$NOW"}}])
    both = Switching(another, world.providers["sms"])
    await world.sender(pace=AT_ONCE, providers={"sms": both}).look(sending)
    assert (await state(world), len(world.texts_to(NUMBER))) == ("sent", 1)


async def test_what_a_second_account_may_have_taken_stays_unknown_without_it(world: World) -> None:
    sms = world.providers["sms"]
    another = Another()
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks())
    (sending,) = await world.sendings()
    world.gateway_does(Mode.HANG)
    both = Switching(sms, another)
    await world.sender(pace=AT_ONCE, providers={"sms": both}).attempt(sending["_id"])

    await world.sender(pace=AT_ONCE).look(sending["_id"])

    assert await state(world) == "unknown"


async def test_another_account_at_the_same_provider_is_another(world: World) -> None:
    sending = await with_a_lost_answer(world)
    ours = world.providers["sms"]
    assert isinstance(ours, Elks)
    other = Elks(ours._client, "http://127.0.0.1:9", PROVIDER_SECONDS, "other")

    await world.sender(pace=AT_ONCE, providers={"sms": other}).look(sending)

    assert await state(world) == "unknown"


async def test_a_text_that_was_changed_since_is_not_sent_because_it_is_not_there(world: World) -> None:
    sending = await with_a_lost_answer(world)
    room = changed(world, notice_texts={"new_message": {"sms": "Logga in på 1177.se."}})

    await world.sender(pace=AT_ONCE, room=room).look(sending)

    assert (await state(world), len(world.texts_to(NUMBER))) == ("unknown", 1)


@pytest.mark.parametrize("another", [True, False])
async def test_what_an_earlier_release_tried_is_not_sent_because_it_is_not_there(
    world: World, *, another: bool
) -> None:
    """That release kept no record of how; the text was changed with this one, and may have been sent since."""
    sending = await with_a_lost_answer(world)
    await world.room.database["sendings"].update_one({"_id": sending}, {"$unset": {"tried": ""}})
    room = changed(world, notice_texts={"new_message": {"sms": "Logga in på 1177.se."}})
    if another:
        await world.hears(world.asks())
        await world.posting(world.sender(room=room, pace=replace(QUICK, settle=60.0))).work_off()

    await world.room.database["sendings"].update_one({"_id": sending}, [{"$set": {"next_at": "$$NOW"}}])
    await world.sender(pace=AT_ONCE, room=room).look(sending)

    assert [s["state"] for s in await world.sendings()] == ["unknown", "sent"][: 1 + another]
    assert len(world.texts_to(NUMBER)) == 1 + another


async def test_what_an_earlier_release_tried_is_sent_when_it_is_there(world: World) -> None:
    sending = await with_a_lost_answer(world)
    await world.room.database["sendings"].update_one({"_id": sending}, {"$unset": {"tried": ""}})

    await world.sender(pace=AT_ONCE).look(sending)

    assert (await state(world), len(world.texts_to(NUMBER))) == ("sent", 1)


async def test_a_look_asks_for_the_sender_of_the_try(world: World) -> None:
    sending = await with_a_lost_answer(world)

    await world.sender(pace=AT_ONCE, room=changed(world, sms_sender="Other")).look(sending)

    assert (await state(world), len(world.texts_to(NUMBER))) == ("sent", 1)


async def test_a_mail_is_traced_by_what_it_was_called_when_it_was_tried(world: World) -> None:
    await world.has_on(ALICE, email=ADDRESS)
    world.sink_does(Mode.DROP)
    await world.hears(world.asks())
    (sending,) = await world.sendings()
    await world.sender(pace=AT_ONCE).attempt(sending["_id"])

    await world.sender(pace=AT_ONCE, room=changed(world, mail_from="noreply@new.example")).look(
        sending["_id"]
    )

    assert (await state(world), len(world.mails_to(ADDRESS))) == ("sent", 1)
