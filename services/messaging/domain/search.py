"""Searching what is sealed: texts are opened and looked through in memory, a bounded number for each request.

Whoever searches on goes from page to page, and each page may cost at most that much.
"""

import html
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chassis.errors import InvalidError
from services.messaging.domain import characters

FEWEST_CHARACTERS = 2
MOST_CHARACTERS = 100
MOST_EXAMINED = 500
# A message may have ten thousand. So many take a hundredth of a second, or some tenths if all of them have accents.
MOST_CHARACTERS_EXAMINED = 500_000
PART = 50
# A visible character may be built of several.
_MOST_CODE_POINTS = 10 * MOST_CHARACTERS
_WORDS_AROUND = 8
_LONGEST_EXCERPT = 200

# Cleaned markup holds no other `<` than those of its tags, which have no attributes.
_BREAKS = re.compile(r"<br>|</?p>")
_TAGS = re.compile(r"<[^<>]*>")

T = TypeVar("T")


class SearchTooShortError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            f"The search shows fewer than {FEWEST_CHARACTERS} characters: write more of the word.",
            limit=FEWEST_CHARACTERS,
        )


class SearchTooLongError(InvalidError):
    def __init__(self, length: int) -> None:
        super().__init__(
            f"The search has {length} characters: use at most {MOST_CHARACTERS}.",
            length=length,
            limit=MOST_CHARACTERS,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words of a search: a text has them when each occurs in it somewhere, in capitals or not."""

    words: Sequence[str] = field(repr=False)

    @staticmethod
    def of(text: str) -> "Wanted":
        """From a text whose signs are cleaned. Raises SearchTooShortError or SearchTooLongError."""
        text = " ".join(text.split())
        length = characters.count(text)
        if characters.is_blank(text) or length < FEWEST_CHARACTERS:
            raise SearchTooShortError
        if length > MOST_CHARACTERS or len(text) > _MOST_CODE_POINTS:
            raise SearchTooLongError(max(length, MOST_CHARACTERS + 1))
        return Wanted(_folded(text).split())

    def is_in(self, plain: str) -> bool:
        """Whether the text has all the words."""
        folded = _folded(plain)
        return all(word in folded for word in self.words)

    def excerpt(self, plain: str) -> str:
        """The words of the text around the first that was wanted."""
        words = plain.split()
        first = next((at for at, word in enumerate(words) if self._touches(word)), 0)
        start, end = max(0, first - _WORDS_AROUND), first + _WORDS_AROUND + 1
        shown = " ".join(words[start:end])[:_LONGEST_EXCERPT]
        return f"{'… ' if start else ''}{shown}{' …' if end < len(words) else ''}"

    def _touches(self, word: str) -> bool:
        folded = _folded(word)
        return any(each in folded for each in self.words)


@dataclass(frozen=True, slots=True)
class Scanned(Generic[T]):
    """What was found; `last` is the last one examined if there is more to examine, else None."""

    hits: Sequence[T]
    last: T | None


async def scan(
    read: Callable[[T | None, int], Awaitable[Sequence[T]]],
    text_of: Callable[[T], str],
    wanted: Wanted,
    *,
    limit: int,
) -> Scanned[T]:
    """Look through what `read(after, count)` gives, part by part, until `limit` have the words or it has been enough.

    What it costs goes by what is looked at, not by how much there is: between parts others have their turn.
    """
    hits: list[T] = []
    last: T | None = None
    examined = characters_examined = 0
    while True:
        part = await read(last, PART + 1)
        for last in part[:PART]:
            text = text_of(last)
            if wanted.is_in(text):
                hits.append(last)
            examined += 1
            characters_examined += len(text)
            enough = examined == MOST_EXAMINED or characters_examined >= MOST_CHARACTERS_EXAMINED
            if enough or len(hits) == limit:
                return Scanned(hits, None if last is part[-1] else last)
        if len(part) <= PART:
            return Scanned(hits, None)


def plain_text(markup: str) -> str:
    """Cleaned markup as people read it; faster than a parser, and right only for what has been cleaned."""
    return html.unescape(_TAGS.sub("", _BREAKS.sub("\n", markup)))


def _folded(text: str) -> str:
    return characters.normal(text.casefold(), "NFKC")
