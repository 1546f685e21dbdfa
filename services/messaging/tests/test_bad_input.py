"""What is not meant well, or pasted from elsewhere: on every way in that takes a text, of both sides."""

import httpx
import pytest

from chassis.testing import said
from contracts.messaging import MessageSent
from services.messaging.tests.world import MOMENT, World

FAMILY = "👩\u200d👩\u200d👧\u200d👦"


async def on_every_way_in(world: World, text: str) -> dict[str, httpx.Response]:
    """The text as a message and as a draft of each side."""
    conversation = await world.a_conversation()
    await world.staff_writes(conversation)
    return {
        "staff": await world.staff_writes(conversation, text),
        "resident": await world.alice_writes(conversation, text),
        "draft of staff": await world.drafts(conversation, text),
        "draft of the resident": await world.drafts(conversation, text, me=True),
    }


async def kept(world: World, way: str, answer: httpx.Response) -> str:
    if "draft" in way:
        return str(answer.json()["text"])
    items = (await world.staff_reads(answer.json()["conversation_id"])).json()["items"]
    return next(str(item["text"]) for item in items if item["id"] == answer.json()["id"])


@pytest.mark.rule("R162")
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('<script>fetch("//x")</script><b onmouseover=x()>Hej</b>', "<b>Hej</b>"),
        ('<iframe src="javascript:x()"></iframe><svg onload=x()>Hej</svg>', "Hej"),
        ('<a href="data:text/html,x">Hej</a><form><input name=p></form>', "Hej"),
        ("&lt;script&gt;x()&lt;/script&gt;", "&lt;script&gt;x()&lt;/script&gt;"),
        ("<scr<script>ipt>x()</script>Hej", "ipt&gt;x()Hej"),
        ("\u202eHej\u202c \u2066du\u2069", "Hej du"),
        ("<\u200bscript>x()<\u200b/script>", "&lt;script&gt;x()&lt;/script&gt;"),
        ("Z\u0301\u0316" + "\u0301\u0316" * 20_000 + "algo", "Z" + "\u0301\u0316" * 5 + "algo"),
    ],
)
async def test_scripts_and_tricks_are_cleaned_away_on_every_way_in(
    world: World, text: str, left: str
) -> None:
    await world.hears_a_moment()

    for way, answer in (await on_every_way_in(world, text)).items():
        assert answer.status_code in {200, 201}, (way, answer.text)
        assert await kept(world, way, answer) == left, way


@pytest.mark.rule("R161")
@pytest.mark.decision("D46")
@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("hemligt" + "x" * 100_000, {"message-too-long"}),
        ("hemligt" + FAMILY * 10_000, {"message-too-long"}),
        ("<b>hemligt" * 5_000, {"too-much-markup"}),
        ("\u200b\u200d\ufeff\u2060\u00ad", {"empty-message", "empty-draft"}),
        ("\u202e\u2066\u200f<b></b>\u3164", {"empty-message", "empty-draft"}),
        ("<script>hemligt</script>", {"empty-message", "empty-draft"}),
        ("\u0301" * 30_000, {"empty-message", "empty-draft"}),
    ],
)
async def test_what_is_too_much_or_nothing_is_refused_with_a_reason_that_repeats_none_of_it(
    world: World, text: str, codes: set[str]
) -> None:
    await world.hears_a_moment()

    answers = (await on_every_way_in(world, text)).values()

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (422, code) for code in codes
    }
    assert all(answer.json()["text"] and "hemligt" not in answer.text for answer in answers)
    assert len(await said(world.room, MessageSent)) == 1
    assert await world.count("drafts") == 0


@pytest.mark.decision("D46")
@pytest.mark.parametrize("character", ["å", "a\u030a", FAMILY, "👍🏽", "🇸🇪", "1\ufe0f\u20e3"])
async def test_ten_thousand_characters_as_people_count_them_are_a_message_and_one_more_is_not(
    world: World, character: str
) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation(world.resident())

    longest = await world.alice_writes(conversation, character * 10_000)
    longer = await world.alice_writes(conversation, character * 10_001)

    assert longest.status_code == 201
    assert longer.json()["fields"] == {"length": 10_001, "limit": 10_000}
    (item,) = (await world.staff_reads(conversation)).json()["items"]
    assert item["text"] == character * 10_000


@pytest.mark.rule("R158", "R159")
async def test_a_title_is_plain_text_on_one_line_whatever_is_put_into_it(world: World) -> None:
    await world.hears_a_moment()
    path, who = f"/moments/{MOMENT}/conversations", await world.staff()

    async def titled(title: str) -> str:
        conversation = await world.a_conversation(title=title)
        return str((await world.staff_reads(conversation)).json()["conversation"]["title"])

    assert await titled("<script>x()</script>") == "<script>x()</script>"
    assert await titled("Ett\r\nBcc: x@example.se\u2028två") == "Ett Bcc: x@example.se två"
    assert await titled("\u202eexe.gnp\u202c") == "exe.gnp"
    assert await titled("\u200b\u2066\u2069\u3164") == "Min konversation"
    assert await titled(FAMILY * 100) == FAMILY * 100
    for title in ("å" * 101, FAMILY * 101, "x" * 2_000):
        answer = await world.post(path, who, {"title": title})
        assert (answer.status_code, answer.json()["code"]) == (422, "title-too-long")
    longest = await world.post(path, who, {"title": "x" * 100_000})
    assert (longest.status_code, longest.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{", 400, "malformed"),
        (b'{"text": "a\\ud800b"}', 400, "malformed"),
        (b'{"text": "\xff"}', 400, "malformed"),
        (b'{"text": 5}', 422, "invalid"),
        (b'{"text": null}', 422, "invalid"),
        (b'{"text": "Hej", "author": "annan"}', 422, "invalid"),
        (b'{"text": "Hej", "notify": "alla"}', 422, "invalid"),
        (b'{"text": "' + b"x" * 300_000 + b'"}', 413, "body-too-large"),
    ],
)
async def test_a_body_that_is_none_is_refused_with_a_code(
    world: World, body: bytes, status: int, code: str
) -> None:
    await world.hears_a_moment()
    conversation = await world.a_conversation()
    headers = {**await world.staff(), "Idempotency-Key": "k", "Content-Type": "application/json"}

    answer = await world.api.http.post(
        f"/conversations/{conversation}/messages", headers=headers, content=body
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["text"]
    assert await world.count("messages") == 0


@pytest.mark.parametrize("name", ["con-0", "%00", "con-0%7Cother", "$ne", "..%2F..", "å" * 1_000])
async def test_a_name_that_names_nothing_is_not_found(world: World, name: str) -> None:
    await world.hears_a_moment()
    who = await world.staff()

    for path in (
        f"/conversations/{name}/messages",
        f"/conversations/{name}/draft",
        f"/moments/{name}/conversations",
    ):
        answer = await world.get(path, who)
        assert answer.status_code == 404, (path, answer.text)
