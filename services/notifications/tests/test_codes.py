"""A number or address is used for nothing but its code until the resident has given the code back."""

import pytest

from chassis.testing import said
from contracts.access import Role
from contracts.notifications import ContactChoicesMade
from services.notifications.domain.accounts import together
from services.notifications.domain.contact import MOST_CODES, MOST_WRONG
from services.notifications.tests.reader import Me, wrong
from services.notifications.tests.world import World, a_mobile
from services.notifications.wording import wordings

STAFF = "SE2321000131-P000000000101"
NUMBER, OTHER, ADDRESS = a_mobile(1), a_mobile(2), "alice@example.se"
TEXT = wordings()["new_message"].sms


async def with_a_number(me: Me, number: str = NUMBER) -> None:
    await me.chooses(sms={"on": True, "number": number})
    await me.world.sends()
    assert (await me.confirms("sms", me.codes_to(number)[-1])).status_code == 200


@pytest.mark.rule("R184", "R193")
async def test_a_number_gets_its_code_alone_until_the_code_is_given(world: World, me: Me) -> None:
    staff = await world.api.as_staff(world.tenant, STAFF, Role.PRACTITIONER)
    chosen = await me.chooses(sms={"on": True, "number": NUMBER})
    await world.hears(world.asks(recipient_id=me.id))
    await world.sends()

    (text,) = world.texts_to(NUMBER)
    assert text != TEXT and (await world.balance()).outcomes["suppressed"] == 1
    shown = chosen.json()["sms"]
    assert (shown["on"], shown["confirmed"], shown["waiting"]) == (True, None, NUMBER)
    seen = await world.api.http.get(f"/residents/{me.id}/channels", headers=staff)
    assert seen.json() == {"sms": False, "email": False}

    confirmed = await me.confirms("sms", me.codes_to(NUMBER)[0])
    await world.hears(world.asks(recipient_id=me.id))
    await world.sends()

    shown = confirmed.json()["sms"]
    assert (shown["on"], shown["confirmed"], shown["waiting"]) == (True, NUMBER, None)
    assert world.texts_to(NUMBER) == [text, TEXT]
    assert [m.sms for m in await said(world.room, ContactChoicesMade)] == [False, True]
    account = await world.balance()
    assert account.balanced and account.asked == 2 and account.codes == {"sent": 1}
    assert together([account, account])["codes"] == {"sent": 2}


@pytest.mark.rule("R193")
async def test_an_address_is_confirmed_by_the_code_in_a_mail(world: World, me: Me) -> None:
    await me.chooses(email={"on": True, "address": ADDRESS})
    await world.sends()

    confirmed = await me.confirms("email", me.code_in_mail(ADDRESS))

    assert confirmed.json()["email"]["confirmed"] == ADDRESS


async def test_the_number_before_stays_in_use_until_the_new_one_is_confirmed(world: World, me: Me) -> None:
    await with_a_number(me)
    changed = await me.chooses(sms={"on": True, "number": OTHER})
    await world.hears(world.asks(recipient_id=me.id))
    await world.sends()

    shown = changed.json()["sms"]
    assert (shown["number"], shown["confirmed"], shown["waiting"]) == (OTHER, NUMBER, OTHER)
    assert world.texts_to(NUMBER)[-1] == TEXT and TEXT not in world.texts_to(OTHER)

    await me.confirms("sms", me.codes_to(OTHER)[0])
    await world.hears(world.asks(recipient_id=me.id))
    await world.sends()

    assert world.texts_to(OTHER)[-1] == TEXT and world.texts_to(NUMBER).count(TEXT) == 1


async def test_switching_off_and_on_and_saying_the_same_again_sends_no_code(world: World, me: Me) -> None:
    await with_a_number(me)

    await me.chooses(sms={"on": False})
    on = await me.chooses(sms={"on": True, "number": NUMBER})
    await me.chooses(sms={"on": True}, email={"on": True, "address": ADDRESS})
    await me.chooses(sms={"on": True}, email={"on": True, "address": ADDRESS})
    await world.sends()

    assert on.json()["sms"]["confirmed"] == NUMBER
    assert len(me.codes_to(NUMBER)) == len(world.mails_to(ADDRESS)) == 1


async def test_what_is_taken_away_must_be_confirmed_anew(world: World, me: Me) -> None:
    await with_a_number(me)

    await me.chooses(sms={"on": False, "number": None})
    again = await me.chooses(sms={"on": True, "number": NUMBER})

    assert again.json()["sms"]["confirmed"] is None


async def test_a_wrong_code_is_counted_and_after_five_the_right_one_is_worth_nothing(
    world: World, me: Me
) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER})
    await world.sends()
    (code,) = me.codes_to(NUMBER)

    answers = [await me.confirms("sms", wrong(code)) for _ in range(MOST_WRONG)]
    right = await me.confirms("sms", code)

    assert {answer.status_code for answer in answers} == {422}
    assert [answer.json()["fields"]["tries_left"] for answer in answers] == [4, 3, 2, 1, 0]
    assert answers[-1].json()["code"] == "wrong-code" and answers[-1].json()["text"]
    assert answers[-1].json()["fields"]["etag"] == (await me.sees()).headers["etag"]
    assert (right.status_code, right.json()["code"]) == (409, "code-used-up")
    assert (await me.asks_for_code("sms", "another")).status_code == 202
    await world.sends()
    assert (await me.confirms("sms", me.codes_to(NUMBER)[-1])).status_code == 200


async def test_two_guesses_at_once_are_never_one(world: World, me: Me) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER})
    headers = {**me._who(), "If-Match": (await me.sees()).headers["etag"]}
    guess = {"channel": "sms", "code": "000000"}

    first = await world.api.http.post("/me/contact/confirm", headers=headers, json=guess)
    again = await world.api.http.post("/me/contact/confirm", headers=headers, json=guess)

    assert (first.status_code, again.status_code) in {(422, 412), (200, 412)}


async def test_a_code_lives_a_quarter_of_an_hour(world: World, me: Me) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER})
    await world.sends()
    world.passes(minutes=15)

    late = await me.confirms("sms", me.codes_to(NUMBER)[0])

    assert (late.status_code, late.json()["code"]) == (409, "code-expired")


async def test_a_code_without_anything_to_confirm_is_refused(me: Me) -> None:
    for answer in (await me.confirms("sms", "123456"), await me.asks_for_code("sms", "one")):
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-confirm")


async def test_the_same_request_sends_one_code_and_a_new_code_ends_the_one_before(
    world: World, me: Me
) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER})
    await world.sends()

    first = await me.asks_for_code("sms", "again")
    repeated = await me.asks_for_code("sms", "again")
    await world.sends()

    assert first.json() == repeated.json() and repeated.headers["Idempotency-Replayed"] == "true"
    assert first.headers["etag"] == (await me.sees()).headers["etag"]
    old, new = me.codes_to(NUMBER)
    if old != new:
        assert (await me.confirms("sms", old)).status_code == 422
    assert (await me.confirms("sms", new)).status_code == 200


async def test_nobody_gets_more_than_five_codes_an_hour(world: World, me: Me) -> None:
    await me.chooses(sms={"on": True, "number": NUMBER})
    for number in range(1, MOST_CODES):
        assert (await me.asks_for_code("sms", f"key {number}")).status_code == 202

    refused = await me.asks_for_code("sms", "one more")
    other = await me.chooses(sms={"on": True, "number": OTHER})

    for answer in (refused, other):
        assert (answer.status_code, answer.json()["code"]) == (409, "too-many-codes")
        assert answer.json()["type"] == "/problems/too-many-codes" and answer.json()["text"]
    assert (await me.sees()).json()["sms"]["waiting"] == NUMBER
    world.passes(hours=1)
    assert (await me.asks_for_code("sms", "one more")).status_code == 202


@pytest.mark.rule("R194")
async def test_only_the_resident_asks_for_codes_and_confirms(world: World) -> None:
    staff = await world.api.as_staff(world.tenant, STAFF, Role.CAREGIVER_ADMIN)
    headers = {**staff, "If-Match": '"0"', "Idempotency-Key": "k"}
    code = {"channel": "sms", "code": "123456"}

    asked = await world.api.http.post("/me/contact/codes", headers=headers, json={"channel": "sms"})
    tried = await world.api.http.post("/me/contact/confirm", headers=headers, json=code)

    assert asked.status_code == tried.status_code == 403
