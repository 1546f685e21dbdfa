"""What a search finds, in memory."""

from collections.abc import Sequence
from time import perf_counter

import pytest

from services.messaging.cleaning import cleaned_message
from services.messaging.domain.search import (
    MOST_EXAMINED,
    PART,
    Scanned,
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


class Shelf:
    """Texts in order, and how many of them have been read."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(enumerate(texts))
        self.read_so_far = 0

    async def read(self, last: tuple[int, str] | None, count: int) -> Sequence[tuple[int, str]]:
        start = 0 if last is None else last[0] + 1
        part = self.texts[start : start + count]
        self.read_so_far += len(part)
        return part

    async def page(self, *, limit: int, after: int | None = None) -> Scanned[tuple[int, str]]:
        async def read(last: tuple[int, str] | None, count: int) -> Sequence[tuple[int, str]]:
            return await self.read((after, "") if last is None and after is not None else last, count)

        return await scan(read, lambda each: each[1], Wanted.of("sömn"), limit=limit)


async def test_a_page_ends_where_it_is_full_or_has_looked_through_enough() -> None:
    wanted = {3, 5, 7, MOST_EXAMINED + 1, 2 * MOST_EXAMINED + 9}
    shelf = Shelf(["Sömn" if number in wanted else "Vila" for number in range(2 * MOST_EXAMINED + 10)])

    found: list[int] = []
    pages = 0
    after: int | None = None
    while not pages or after is not None:
        page = await shelf.page(limit=2, after=after)
        found += [number for number, _ in page.hits]
        pages, after = pages + 1, None if page.last is None else page.last[0]

    assert (found, pages) == (sorted(wanted), 4)
    assert (await Shelf(["Vila", "Sömn"]).page(limit=1)).last is None


async def test_a_page_reads_no_more_than_it_needs() -> None:
    shelf = Shelf(["Sömn"] * 1_000)

    page = await shelf.page(limit=1)

    assert page.last == (0, "Sömn")
    assert shelf.read_so_far < 100


async def test_long_texts_end_a_page_early_and_it_goes_on_from_there() -> None:
    shelf = Shelf(["Vila " * 20_000] * 60)

    page = await shelf.page(limit=1)

    assert page.last is not None
    assert (page.hits, page.last[0]) == ([], 4)
    assert shelf.read_so_far < 100


@pytest.mark.parametrize("count", [PART - 1, PART, PART + 1, MOST_EXAMINED, MOST_EXAMINED + 1])
async def test_no_text_is_left_out_where_parts_meet(count: int) -> None:
    shelf = Shelf(["Sömn"] * count)

    page = await shelf.page(limit=1_000)

    assert len(page.hits) == min(count, MOST_EXAMINED)
    assert (page.last is None) is (count <= MOST_EXAMINED)


@pytest.mark.parametrize(
    "text", ["<p>ett<br>två</p>tre <b>fyra</b>", "1 < 2 &amp;lt; 3 <3", "<i>a</i>b", "&lt;b&gt;", 'ett "två"']
)
def test_cleaned_markup_reads_the_same_as_through_a_parser(text: str) -> None:
    cleaned = cleaned_message(text)

    assert plain_text(cleaned).split() == visible_text(cleaned.replace("p>", "p> ")).split() or (
        plain_text(cleaned).replace("\n", "") == visible_text(cleaned).replace("\n", "")
    )
