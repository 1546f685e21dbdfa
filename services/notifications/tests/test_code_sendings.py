"""A code goes out once, whatever happens on its way, only while it counts, and leaves nothing that can be read."""

import re

import pytest

from chassis.testing import raw_bytes
from contracts.retention import PurgeRequested
from deploy.embedded.behaviour import Mode
from services.notifications.tests.reader import Me, wrong
from services.notifications.tests.test_kills import killed_while_sending
from services.notifications.tests.world import World, a_mobile, a_resident

NUMBER, ADDRESS = a_mobile(1), "alice@example.se"


async def test_a_code_that_a_newer_one_has_replaced_is_not_sent_late(world: World, me: Me) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER})
    await me.asks_for_code("sms", "newer")

    await world.sends()

    (code,) = me.codes_to(NUMBER)
    assert (await me.confirms("sms", code)).status_code == 200
    assert (await world.balance()).codes == {"sent": 1, "suppressed": 1}


async def test_number_address_and_code_can_be_read_nowhere(
    world: World, me: Me, capsys: pytest.CaptureFixture[str]
) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER}, email={"on": True, "address": ADDRESS})
    before = await raw_bytes(world.room)
    await world.sends()
    await me.confirms("sms", wrong(me.codes_to(NUMBER)[0]))
    logged = capsys.readouterr().out.encode()

    for kept in (before, await raw_bytes(world.room), logged):
        assert NUMBER.encode() not in kept and ADDRESS.encode() not in kept
        for code in (me.codes_to(NUMBER)[0], me.code_in_mail(ADDRESS)):
            assert re.search(rb"(?<![0-9a-f.])" + code.encode() + rb"(?![0-9a-f])", kept) is None
    assert all(s["to"] is None and "sealed_code" not in s for s in await world.sendings())


async def test_a_code_goes_before_what_was_to_be_sent_already(world: World, me: Me) -> None:
    await world.has_on(a_resident(), sms=a_mobile(2))
    await world.hears(*(world.asks() for _ in range(3)))
    await me.chooses(sms={"on": True, "number": NUMBER})

    (first,) = await world.store.candidates(world.tenant, 1)

    code = next(sending for sending in await world.sendings() if sending["kind"] == "code")
    assert first[0] == code["_id"]


@pytest.mark.parametrize("mode", [Mode.FAIL, Mode.HANG, Mode.DROP, Mode.LATE])
async def test_one_code_arrives_whatever_the_gateway_answers(world: World, me: Me, mode: Mode) -> None:
    world.gateway_does(mode, seconds=3)

    await me.chooses(sms={"on": True, "number": NUMBER})
    await world.sends()

    (code,) = me.codes_to(NUMBER)
    assert (await me.confirms("sms", code)).status_code == 200
    account = await world.balance()
    assert account.balanced and account.codes == {"sent": 1}


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_a_worker_killed_at_any_step_has_sent_the_code_once_in_the_end(
    world: World, me: Me, channel: str
) -> None:
    burnt = 0
    while True:
        to = a_mobile(burnt) if channel == "sms" else f"r{burnt}@example.se"
        name = "number" if channel == "sms" else "address"
        await me.chooses(**{channel: {"on": True, name: to}})
        (due,) = [s["_id"] for s in await world.sendings() if s["state"] == "due"]
        fuse = await killed_while_sending(world, due, burnt)
        await world.sends()
        reached = world.texts_to(to) if channel == "sms" else world.mails_to(to)
        assert len(reached) == 1, f"killed at step {burnt}: {len(reached)}"
        if not fuse.burnt:
            break
        burnt += 1
        world.passes(hours=1)

    code = me.codes_to(to)[0] if channel == "sms" else me.code_in_mail(to)
    assert (await me.confirms(channel, code)).status_code == 200
    assert burnt >= 8


async def test_a_code_that_nobody_can_use_any_more_is_not_sent(world: World, me: Me) -> None:
    """The provider was away until the code was too old."""
    world.gateway_does(Mode.FAIL, count=None)
    await me.chooses(sms={"on": True, "number": NUMBER})
    await world.posting().work_off()
    world.passes(minutes=15)
    world.gateway_does(Mode.OK)

    await world.sends()

    assert world.texts_to(NUMBER) == []
    assert (await world.balance()).codes == {"suppressed": 1}


async def test_a_code_that_does_not_open_any_more_is_not_sent(world: World, me: Me) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER})
    await world.room.database["sendings"].update_many({"kind": "code"}, {"$set": {"sealed_code": bytes(64)}})

    await world.posting().work_off()

    (sending,) = await world.sendings()
    assert (sending["state"], sending["reason"]) == ("suppressed", "purged")
    assert world.texts_to(NUMBER) == [] and (await world.balance()).codes == {"suppressed": 1}


async def test_a_purge_takes_what_waits_and_what_was_sent_and_keeps_the_count(world: World, me: Me) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER})
    await world.sends()
    await me.asks_for_code("sms", "not sent yet")
    purge = PurgeRequested(
        purge_id="prg-1",
        scope="resident",
        moment_id="mom-1",
        resident_id=me.id,
        requested_at=world.room.clock.now(),
    )

    await world.hears(purge, service="retention")
    await world.sends()

    assert len(me.codes_to(NUMBER)) == 1
    assert (await world.balance()).codes == {"sent": 1, "suppressed": 1}
    for collection in ("outbox", "inbox"):
        await world.room.database[collection].delete_many({})
    assert me.id.encode() not in await raw_bytes(world.room)
    assert (await me.sees()).json()["sms"]["waiting"] is None
