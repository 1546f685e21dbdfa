"""What a search finds, in memory."""

from time import perf_counter

import pytest

from services.messaging.cleaning import cleaned_message
from services.messaging.domain.search import (
    MOST_EXAMINED,
    SearchTooLongError,
    SearchTooShortError,
    Wanted,
    plain_text,
    scan,
)
from services.messaging.domain.text import visible_text


@pytest.mark.parametrize(
    ("searched", "text", "found"),
    [
        ("ÅNGEST", "lite ångest", True),
        ("a\u030angest", "ångest", True),
        ("sömn lång", "Långt ifrån god sömn", True),
        ("sömn lång", "god sömn", False),
        ("ﬁka", "fika", True),
        ("👍🏽 bra", "Bra 👍🏽", True),
        (".*", "allt", False),
    ],
)
def test_every_word_must_occur_in_capitals_or_not_and_however_it_was_typed(
    searched: str, text: str, found: bool
) -> None:
    assert Wanted.of(searched).is_in(text) is found


def test_a_search_is_neither_too_short_nor_too_long() -> None:
    for text in ("", "  ", "å", "\u200d\u200d\u200d"):
        with pytest.raises(SearchTooShortError):
            Wanted.of(text)
    for text in ("å" * 101, "aa" + "\u0301" * 2_000):
        with pytest.raises(SearchTooLongError):
            Wanted.of(text)
    assert Wanted.of("👩‍👩‍👧‍👦" * 100).words


def test_a_text_made_of_accents_is_searched_in_no_time() -> None:
    tower = plain_text(cleaned_message("a" + "<b></b>\u0301\u0316" * 1_900 + "\u0301\u0316" * 40_000))

    began = perf_counter()
    found = Wanted.of("sömn").is_in(tower * 20)

    assert not found
    assert perf_counter() - began < 2


def test_an_excerpt_is_the_words_around_what_was_found() -> None:
    long = " ".join(f"ord{number}" for number in range(100))

    assert Wanted.of("ord50").excerpt(long) == f"… {' '.join(f'ord{n}' for n in range(42, 59))} …"
    assert Wanted.of("ord0").excerpt("ord0 slut") == "ord0 slut"
    assert len(Wanted.of("aa").excerpt("a" * 10_000)) <= 204


def test_a_page_ends_where_it_is_full_or_has_looked_through_enough() -> None:
    many = list(range(2 * MOST_EXAMINED + 10))
    wanted = {3, 5, 7, MOST_EXAMINED + 1, 2 * MOST_EXAMINED + 9}

    found: list[int] = []
    pages = 0
    start: int | None = 0
    while start is not None:
        page = scan(many[start : start + MOST_EXAMINED + 1], wanted.__contains__, limit=2)
        found += page.hits
        pages, start = pages + 1, None if page.last is None else page.last + 1

    assert (found, pages) == (sorted(wanted), 4)
    assert scan(many[:4], wanted.__contains__, limit=1).last is None


@pytest.mark.parametrize(
    "text", ["<p>ett<br>två</p>tre <b>fyra</b>", "1 < 2 &amp;lt; 3 <3", "<i>a</i>b", "&lt;b&gt;", 'ett "två"']
)
def test_cleaned_markup_reads_the_same_as_through_a_parser(text: str) -> None:
    cleaned = cleaned_message(text)

    assert plain_text(cleaned).split() == visible_text(cleaned.replace("p>", "p> ")).split() or (
        plain_text(cleaned).replace("\n", "") == visible_text(cleaned).replace("\n", "")
    )
