"""Direct notices: at once, once, on each active channel, whatever the provider does."""

import asyncio
import math

import pytest

from deploy.embedded.behaviour import Mode
from services.notifications.domain.sending import Result
from services.notifications.providers.elks import Elks
from services.notifications.providers.port import Outgoing
from services.notifications.providers.smtp import Smtp
from services.notifications.tests.world import PROVIDER_SECONDS, World, a_mobile, a_resident
from services.notifications.wording import wordings

ALICE, NUMBER, ADDRESS = a_resident(), a_mobile(), "alice@example.se"
TEXT = wordings()["new_message"].sms
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.rule("R180", "R193")
@pytest.mark.decision("D20")
async def test_a_direct_notice_goes_out_at_once_on_both_channels(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)

    await world.hears(world.asks(), trace=TRACE)
    await world.sends()

    assert world.texts_to(NUMBER) == [TEXT]
    assert [mail["subject"] for mail in world.mails_to(ADDRESS)] == ["Du har ett nytt meddelande"]
    assert world.gateway.ledger.rows[0]["traceparent"].split("-")[1] == TRACE.split("-")[1]
    settled = await world.settled()
    assert sorted((s.channel, s.outcome) for s in settled) == [("email", "sent"), ("sms", "sent")]
    account = await world.balance()
    assert account.balanced and account.asked == 1 and account.outcomes["sent"] == 1
    assert account.channels == {"email": {"sent": 1}, "inbox": {"sent": 1}, "sms": {"sent": 1}}


@pytest.mark.rule("R183", "R184")
@pytest.mark.decision("D22")
async def test_nothing_goes_to_somebody_who_has_switched_nothing_on(world: World) -> None:
    await world.hears(world.asks())
    await world.sends()

    (settled,) = await world.settled()
    assert (settled.channel, settled.outcome, settled.reason) == ("none", "suppressed", "no_channel")
    assert world.gateway.ledger.rows == []
    assert (await world.balance()).outcomes["suppressed"] == 1


async def test_the_same_key_and_content_is_the_same_notice(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    ask = world.asks("once")

    await world.hears(ask, ask)
    await world.hears(world.asks("once"))
    await world.sends()

    assert world.texts_to(NUMBER) == [TEXT]
    assert (await world.balance()).asked == 1


async def test_a_key_with_other_content_is_refused_by_its_own_code_and_nobody_waits_for_it(
    world: World,
) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks("once"))

    await world.hears(world.asks("once", category="reminder"), world.asks("after"))
    await world.sends()

    (dead,) = await world.room.database["parked"].find({"state": "dead"}).to_list(None)
    assert dead["error"] == "dedup-key-reused"
    assert len(world.texts_to(NUMBER)) == 2
    assert (await world.balance()).balanced


@pytest.mark.parametrize(
    "mode", [Mode.OK, Mode.FAIL, Mode.HANG, Mode.DROP, Mode.LATE, Mode.TWICE, Mode.UNDELIVERED]
)
async def test_the_gateway_takes_exactly_one_sms_whatever_it_answers(world: World, mode: Mode) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    world.gateway_does(mode, seconds=3)

    await world.hears(world.asks())
    await world.sends()

    assert world.texts_to(NUMBER) == [TEXT]
    (sending,) = await world.sendings()
    assert sending["state"] == "sent"
    assert sending["provider_id"] == world.gateway.ledger.rows[0]["id"]
    account = await world.balance()
    assert account.balanced and account.outcomes["sent"] == 1


@pytest.mark.parametrize("mode", [Mode.OK, Mode.FAIL, Mode.HANG, Mode.DROP, Mode.LATE])
async def test_the_relay_takes_exactly_one_mail_whatever_it_answers(world: World, mode: Mode) -> None:
    await world.has_on(ALICE, email=ADDRESS)
    world.sink_does(mode, seconds=3)

    await world.hears(world.asks())
    await world.sends()

    assert len(world.mails_to(ADDRESS)) == 1
    account = await world.balance()
    assert account.balanced and account.outcomes["sent"] == 1


async def test_what_is_refused_for_good_has_failed_with_a_reason(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)
    world.gateway_does(Mode.REJECT)
    world.sink_does(Mode.REJECT)

    await world.hears(world.asks())
    await world.sends()

    settled = await world.settled()
    assert {(s.channel, s.outcome, s.reason) for s in settled} == {
        ("sms", "failed", "rejected"),
        ("email", "failed", "rejected"),
    }
    account = await world.balance()
    assert account.balanced and account.outcomes["failed"] == 1


async def test_a_mail_whose_fate_nobody_can_tell_stays_unknown_and_is_not_sent_again(world: World) -> None:
    await world.has_on(ALICE, email=ADDRESS)
    smtp = world.providers["email"]
    assert isinstance(smtp, Smtp)
    world.providers["email"] = Smtp(smtp._host, smtp._port, smtp._seconds, smtp._client, None)
    world.sink_does(Mode.DROP)

    await world.hears(world.asks())
    await world.sends()
    await world.sends()

    assert len(world.mails_to(ADDRESS)) == 1
    (settled,) = await world.settled()
    assert (settled.outcome, settled.reason) == ("unknown", "no_answer")
    account = await world.balance()
    assert account.balanced and account.outcomes["unknown"] == 1


async def test_a_trace_that_is_not_there_proves_nothing(world: World) -> None:
    """A wrong address answers 404 as well; taken for an answer it would send every such mail twice."""
    await world.has_on(ALICE, email=ADDRESS)
    smtp = world.providers["email"]
    assert isinstance(smtp, Smtp)
    smtp._trace = f"{smtp._trace}/elsewhere"
    world.sink_does(Mode.DROP)

    await world.hears(world.asks())
    for _ in range(20):
        await world.posting().work_off()

    assert len(world.mails_to(ADDRESS)) == 1
    assert (await world.balance()).outcomes["unknown"] == 1


async def test_two_lost_answers_for_one_number_are_told_apart_by_their_count(world: World) -> None:
    """One SMS was taken and one was not, their texts are the same, and no receipt comes: one more goes out."""
    await world.has_on(ALICE, sms=NUMBER)
    elks = world.providers["sms"]
    assert isinstance(elks, Elks)
    world.providers["sms"] = Elks(elks._client, "http://127.0.0.1:9", PROVIDER_SECONDS)
    await world.hears(world.asks(), world.asks())
    for mode, sending in zip((Mode.DROP, Mode.HANG), await world.sendings(), strict=True):
        world.gateway_does(mode)
        await world.sender().attempt(sending["_id"])
    assert (await world.balance()).outcomes["unknown"] == 2

    await world.sends()

    assert world.texts_to(NUMBER) == [TEXT, TEXT]
    ids = {sending["provider_id"] for sending in await world.sendings()}
    assert ids == {row["id"] for row in world.gateway.ledger.rows}
    assert (await world.balance()).balanced


async def test_a_provider_that_is_out_of_order_is_waited_for(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    world.gateway_does(Mode.FAIL, count=None)

    await world.hears(world.asks())
    await world.posting().work_off()

    assert (await world.balance()).outcomes["unknown"] == 1
    world.gateway_does(Mode.OK)
    await world.sends()
    assert world.texts_to(NUMBER) == [TEXT]


async def test_two_workers_at_once_send_each_notice_once(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(*(world.asks() for _ in range(40)))

    await asyncio.gather(*(world.posting().work_off() for _ in range(3)))
    await world.sends()

    assert len(world.texts_to(NUMBER)) == 40
    account = await world.balance()
    assert account.balanced and account.outcomes["sent"] == 40


async def test_what_is_unsent_is_measured_region_by_region(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    await world.hears(world.asks())

    def measured(name: str) -> float | None:
        region = {"tenant": world.tenant}
        return world.metrics.registry.get_sample_value(f"sob_notifications_unsent_{name}", region)

    await world.watches()

    assert measured("waiting") == 1
    assert measured("seconds_to_drain") == math.inf
    await world.sends()
    await world.watches()
    assert measured("waiting") == measured("oldest_age") == measured("seconds_to_drain") == 0
    labels = {"channel": "sms", "outcome": "sent"}
    assert world.metrics.registry.get_sample_value("sob_notifications_outcome_count_total", labels) == 1


async def test_a_provider_that_answers_nothing_of_use_is_seen(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    world.gateway_does(Mode.FAIL, count=None)
    await world.hears(world.asks())
    await world.posting().work_off()

    def measured(name: str) -> float | None:
        return world.metrics.registry.get_sample_value(f"sob_notifications_{name}", {"tenant": world.tenant})

    await world.watches()

    assert (measured("unknown_waiting"), measured("unsent_waiting")) == (1, 0)
    age = measured("unknown_oldest_age")
    assert age is not None and age > 0
    world.gateway_does(Mode.OK)
    await world.sends()
    await world.watches()
    assert measured("unknown_waiting") == measured("unknown_oldest_age") == 0


async def test_a_sending_that_breaks_its_worker_holds_up_no_other(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER, email=ADDRESS)

    class Broken(Smtp):
        async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
            raise ValueError("a fault of ours")

    whole = world.providers["email"]
    assert isinstance(whole, Smtp)
    world.providers["email"] = Broken(whole._host, whole._port, whole._seconds, whole._client, whole._trace)
    await world.hears(world.asks())
    await world.posting().work_off()
    assert world.texts_to(NUMBER) == [TEXT]

    world.providers["email"] = whole
    await world.sends()

    assert len(world.mails_to(ADDRESS)) == 1
    assert (await world.balance()).balanced


async def test_where_it_went_is_forgotten_when_it_is_sent_and_what_happened_is_kept(world: World) -> None:
    await world.has_on(ALICE, sms=NUMBER)
    world.gateway_does(Mode.FAIL)

    await world.hears(world.asks())
    await world.sends()

    (sending,) = await world.sendings()
    assert sending["to"] is None and "tried" not in sending
    states = [chapter["state"] for chapter in sending["story"]]
    assert (states[0], states[-2:]) == ("unknown", ["due", "sent"])
    assert sending["story"][0]["code"] == "500"
