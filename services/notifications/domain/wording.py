"""Wording: what an SMS or e-mail may say. Neutral, one part long, no link, nothing filled in (D20).

A text that could carry more is refused when it is loaded, so no catalogue can leak what a notice is about.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ONE_PART = 160
# What several notices in one are called.
DIGEST = "digest"
PARTS = frozenset({"sms", "subject", "body"})
_LONGEST = {"subject": 78, "body": 2000}
# Telephones make a link of any name with an ending, and of an address; 1177.se alone is where everybody goes.
_LINK = re.compile(
    r"https?:|www\.|\w/\w|@\w|(?<!\w)(?!1177\.se\b)[\w-]+\.(app|com|eu|info|io|link|net|nu|org|se)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"[{}%$\[\]<>]")


class WordingError(ValueError):
    """A text that may not be sent; says which and why."""

    def __init__(self, category: str, part: str, why: str) -> None:
        super().__init__(f"{category}.{part}: {why}.")


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one category."""

    sms: str
    subject: str
    body: str

    def check(self, category: str) -> None:
        """Raise WordingError for a text that is not neutral or does not fit."""
        if not set(self.sms) <= _GSM7:
            raise WordingError(category, "sms", "has characters outside GSM-7")
        if len(self.sms) > _ONE_PART:
            raise WordingError(category, "sms", f"is longer than one part of {_ONE_PART}")
        if "\n" in self.subject or "\r" in self.subject:
            raise WordingError(category, "subject", "is more than one line")
        for part, text in (("sms", self.sms), ("subject", self.subject), ("body", self.body)):
            if len(text) > _LONGEST.get(part, len(text)):
                raise WordingError(category, part, f"is longer than {_LONGEST[part]} signs")
            if not text.strip():
                raise WordingError(category, part, "is empty")
            if any(unicodedata.category(sign) in {"Cc", "Cf"} and sign != "\n" for sign in text):
                raise WordingError(category, part, "holds a sign that nobody sees")
            if _LINK.search(text):
                raise WordingError(category, part, "holds a link")
            if _PLACEHOLDER.search(text):
                raise WordingError(category, part, "has a place to fill in")


def fits(sms: str) -> bool:
    """Whether a text is one SMS."""
    return set(sms) <= _GSM7 and len(sms) <= _ONE_PART


def checked(texts: Mapping[str, Mapping[str, str]]) -> dict[str, Wording]:
    """The wordings of a catalogue, each checked. Raises WordingError."""
    wordings: dict[str, Wording] = {}
    for category, parts in texts.items():
        if set(parts) != PARTS:
            raise WordingError(category, "*", "must have exactly sms, subject and body")
        wording = Wording(parts["sms"], parts["subject"], parts["body"])
        wording.check(category)
        wordings[category] = wording
    return wordings
