"""What an inbox entry says: the designer's heading and text if there are any (R186), else the neutral ones.

Why it is sent and how answers are used is always said (R199). None of it is ever part of an SMS or e-mail (D20).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "texts" / "inbox.yaml"
_LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Words:
    """A heading and a text that a program's designer wrote."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class EntryText:
    """Everything that an entry says of itself."""

    heading: str
    text: str
    purpose: str
    answers: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands above the parts of an entry where it is read as one text."""

    purpose: str
    turn_to: str
    case: str


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(_FILE.read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def labels() -> Labels:
    """The labels of the catalogue."""
    return Labels(**_catalogue()[_LABELS])


def entry_text(category: str, words: Words | None) -> EntryText:
    """What an entry of this category says, in the designer's words if they are known."""
    neutral = EntryText(**_catalogue()[category])
    if words is None:
        return neutral
    return EntryText(words.heading, words.text, neutral.purpose, neutral.answers)
