"""What may be written: characters as people count them, and the markup that is kept."""

import pytest

from services.messaging.cleaning import cleaned_message, cleaned_signs
from services.messaging.domain import characters
from services.messaging.domain.text import (
    EmptyMessageError,
    MessageText,
    MessageTooLongError,
    TitleTooLongError,
    TooMuchMarkupError,
    title_of,
)

# Spelled in signs that are not seen, which are taken away anywhere else.
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("hej", 3),
        ("å", 1),
        ("a\u030a", 1),
        ("👩\u200d👩\u200d👧\u200d👦", 1),
        ("👍🏽", 1),
        ("🇸🇪🇫🇮", 2),
        ("❤️", 1),
        ("a\u200db", 2),
        ("שלום", 4),
        ("ek\u200c", 2),
        ("1\ufe0f\u20e3", 1),
        ("\u1112\u1161\u11ab", 1),
        (ENGLAND, 1),
        ("🏳️\u200d🌈❤️\u200d🔥", 2),
        ("กำ", 2),
        ("a\nb", 3),
    ],
)
def test_characters_are_counted_as_people_see_them(text: str, seen: int) -> None:
    assert characters.count(text) == seen


@pytest.mark.rule("R161")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "<p><br></p>",
        "&nbsp;",
        "\u200b\u200d\ufeff",
        "&#8203;",
        "<script>x</script>",
        "\u2800",
        "\u0301",
    ],
)
def test_a_message_that_shows_nothing_is_refused(text: str) -> None:
    with pytest.raises(EmptyMessageError):
        MessageText.of(cleaned_message(text))


@pytest.mark.rule("R161")
@pytest.mark.parametrize("text", ["a", "👍", "0", "<b>.</b>", "م"])
def test_one_character_is_a_message(text: str) -> None:
    assert MessageText.of(cleaned_message(text)).markup == text


@pytest.mark.decision("D46")
def test_markup_is_not_counted_but_ten_thousand_characters_are_the_limit() -> None:
    longest = "<b>åååååååååå</b>" * 1_000

    assert MessageText.of(cleaned_message(longest)).markup == longest
    with pytest.raises(MessageTooLongError) as refused:
        MessageText.of(cleaned_message(longest + "a"))
    assert refused.value.fields == {"length": 10_001, "limit": 10_000}


@pytest.mark.decision("D46")
def test_no_text_hides_in_attributes_that_are_not_counted() -> None:
    assert cleaned_message(f'<b title="{"å" * 20_000}">hej</b>') == "<b>hej</b>"


@pytest.mark.decision("D46")
def test_a_tower_of_accents_is_no_way_around_the_limit() -> None:
    with pytest.raises(MessageTooLongError):
        MessageText.of("a" + "\u0301" * 110_000)
    assert cleaned_message("a" + "\u0301" * 110_000 + "b") == "a" + "\u0301" * 10 + "b"


@pytest.mark.rule("R162")
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<b>fet</b> <strong>fet</strong> <i>kursiv</i> <em>kursiv</em>",) * 2,
        ("<p>ett<br>två</p>",) * 2,
        ('<b onclick="x()" style="color:red">fet</b>', "<b>fet</b>"),
        ('<p lang="en" title="dold text" dir="rtl" class="x">hej</p>', "<p>hej</p>"),
        ("<script>alert(1)</script>hej", "hej"),
        ("<style>p{}</style>hej", "hej"),
        ('<a href="javascript:x()">länk</a><img src=x onerror=x()>', "länk"),
        ("<h1>Rubrik</h1>text", "Rubrik<br>text"),
        ("<ul><li>ett</li><li>två</li></ul>", "ett<br>två<br>"),
        ("<!-- dolt -->hej", "hej"),
        ("<b>öppen", "<b>öppen</b>"),
        ("1 < 2 & 3 <3", "1 &lt; 2 &amp; 3 &lt;3"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("<math><mi><style><img src=x onerror=alert(1)>", ""),
    ],
)
def test_only_bold_italic_and_line_breaks_are_kept(text: str, kept: str) -> None:
    assert cleaned_message(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x07c", "abc"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("&#x202E;gnp", "gnp"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("مرحبا\u200f!", "مرحبا\u200f!"),
        ("👩\u200d⚕️", "👩\u200d⚕️"),
        ("en\r\ntvå\u2028tre", "en\ntvå\ntre"),
        ("<scr\u200bipt>x", "x"),
        ("&l\u200bt;b>", "&amp;lt;b&gt;"),
        (f"{ENGLAND}!", f"{ENGLAND}!"),
        ("🏴\U000e0068\U000e0065\U000e006a\U000e007fhej\U000e0068", "🏴hej"),
        ("\u2066dold\u2069 \u00adtext\u2060", "dold text"),
    ],
)
def test_signs_that_deceive_are_taken_away_and_those_people_write_stay(text: str, kept: str) -> None:
    assert cleaned_message(text) == kept


@pytest.mark.rule("R158", "R159")
@pytest.mark.decision("D46")
def test_a_title_is_one_line_of_at_most_a_hundred_characters_or_the_default() -> None:
    assert title_of("  Frågor\n om   sömn ") == "Frågor om sömn"
    assert title_of(None) is None
    assert title_of(" \u200b ") is None
    assert title_of("👍🏽" * 100) == "👍🏽" * 100
    assert cleaned_signs("\u202eTitel\x00") == "Titel"
    with pytest.raises(TitleTooLongError):
        title_of("å" * 101)


@pytest.mark.parametrize("tags", ["<ul><li>", "<font><h1>", "<b><p>", "<"])
def test_markup_without_end_is_refused_before_it_costs_time(tags: str) -> None:
    with pytest.raises(TooMuchMarkupError):
        cleaned_message(tags * 100_000)
