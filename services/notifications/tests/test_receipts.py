"""A receipt is believed by the name in its address, which nobody is told but whoever the sending was given to."""

from base64 import b32encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.pseudonym import Pseudonyms
from chassis.tenancy import Tenants
from chassis.testing import a_tenant, raw_bytes
from services.notifications.store.receipts import name_of, sending_of
from services.notifications.tests.test_bounces import a_mail, a_report
from services.notifications.tests.world import World, a_mobile, a_resident

ALICE, NUMBER, ADDRESS = a_resident(), a_mobile(), "alice@example.se"
PSEUDONYMS = Pseudonyms(bytes(32))


def named_to_provider(world: World, sending: dict[str, Any]) -> str:
    """What the sending is called where its receipts are taken."""
    return name_of(world.room.pseudonyms, sending["_id"], sending["channel"])


async def says_failed(world: World, reference: str) -> int:
    form = {"id": "s1", "status": "failed"}
    answer = await world.api.http.post("/receipts/sms", params={"reference": reference}, data=form)
    return answer.status_code


@given(st.binary(min_size=20, max_size=20), st.sampled_from(["sms", "email"]))
def test_a_name_leads_to_its_sending_and_on_no_other_channel(identity: bytes, channel: str) -> None:
    name = name_of(PSEUDONYMS, f"vgr|{identity.hex()}", channel)

    assert sending_of(PSEUDONYMS, name, channel) == f"vgr|{identity.hex()}"
    assert sending_of(PSEUDONYMS, name, "sms" if channel == "email" else "email") is None
    assert sending_of(PSEUDONYMS, name.replace("vgr.", "rjl."), channel) is None
    assert sending_of(Pseudonyms(b"1" * 32), name, channel) is None


async def test_whoever_knows_an_id_from_events_logs_or_a_mail_can_say_nothing_of_the_sending(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    await world.hears(world.asks())
    await world.sends()
    sms, mail = sorted(await world.sendings(), key=lambda sending: sending["channel"], reverse=True)
    tenant, _, rest = sms["_id"].partition("|")
    guessed = b32encode(bytes.fromhex(rest) + bytes(6)).decode().rstrip("=").lower()

    assert await says_failed(world, f"{tenant}.{rest}") == 422
    assert await says_failed(world, f"{tenant}.{guessed}") == 204
    assert await says_failed(world, named_to_provider(world, mail)) == 204

    account = await world.balance()
    assert account.balanced and account.undelivered == 0
    published = (await raw_bytes(world.room)) + capsys.readouterr().out.encode()
    published += b"".join(str(row).encode() for row in world.sink.ledger.rows)
    assert rest.encode() in published
    for sending in (sms, mail):
        assert named_to_provider(world, sending).encode() not in published


async def test_a_bounce_of_a_mail_is_that_mails_after_the_region_has_another_domain(world: World) -> None:
    reference = await a_mail(world)
    region = a_tenant(world.tenant).model_copy(update={"mail_from": "noreply@new.example"})
    app = world.api.http._transport.app  # type: ignore[attr-defined]
    room = replace(world.room, tenants=Tenants.of([region]))
    app.state.surroundings = replace(world.api_surroundings, room=room)

    await world.api.http.post(
        "/receipts/email",
        params={"reference": reference},
        content=a_report("failed", "5.1.1"),
    )

    account = await world.balance()
    assert account.balanced and (account.undelivered, account.doubled) == (1, 0)


async def test_two_tries_that_got_each_others_ids_are_not_one_try_too_many(world: World) -> None:
    """One text to one number, both answers lost: the account's history does not tell them apart, receipts do."""
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks(), world.asks())
    await world.sends()
    first, second = await world.sendings()
    sendings = world.room.database["sendings"]
    unknown = {"state": "unknown", "next_at": world.room.clock.now(), "receipt": None}
    await sendings.update_one({"_id": second["_id"]}, {"$set": unknown, "$unset": {"provider_id": ""}})
    await sendings.update_one(
        {"_id": first["_id"]}, {"$set": {"provider_id": second["provider_id"], "receipt": None}}
    )

    form = {"id": first["provider_id"], "status": "delivered"}
    reference = named_to_provider(world, first)
    await world.api.http.post("/receipts/sms", params={"reference": reference}, data=form)

    assert (await world.balance()).doubled == 1
    await sendings.update_one(
        {"_id": second["_id"]}, {"$set": {"state": "sent", "provider_id": first["provider_id"]}}
    )
    account = await world.balance()
    assert account.balanced and account.doubled == 0
