"""Characters as people count them: an accent, a skin tone or a joined emoji is no character of its own.

Unicode's own segmentation is not in the standard library; this follows it where people write.
"""

import re
from functools import cache
from itertools import groupby
from typing import Literal
from unicodedata import category, combining, is_normalized, normalize

_JOINER = "\u200d"
# They look like nothing although Unicode calls them letters or symbols.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_UNCOUNTED = frozenset({"Mn", "Me", "Mc", "Cf", "Cc", "Cn", "Cs"})
_UNSEEN = _UNCOUNTED | {"Zs", "Zl", "Zp", "Co"}


def count(text: str) -> int:
    """How many characters people see in the text; a line break is one."""
    counted = 0
    joining = False
    half_a_flag = False
    for character in normal(text, "NFC"):
        if character == _JOINER:
            joining = True
            continue
        if _belongs_to_the_one_before(character):
            continue
        joined, joining = joining and _is_symbol(character), False
        if joined:
            continue
        if _is_regional(character):
            half_a_flag = not half_a_flag
            counted += half_a_flag
            continue
        half_a_flag = False
        counted += 1
    return counted


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen."""
    return all(character in _BLANKS or category(character) in _UNSEEN for character in text)


def without_towers(text: str) -> str:
    """No more than ten accents on each other: more hide the lines around them, and no language stacks as many."""
    return text if text.isascii() else _towers().sub(r"\1", text)


def normal(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """What people see as the same, written in the same way.

    Without towers, because ordering the accents of one takes time by its square: 100 000 take half a minute.
    """
    return text if is_normalized(form, text) else normalize(form, without_towers(text))


@cache
def _towers() -> re.Pattern[str]:
    stacked = [code for code in range(0x300, 0x20000) if combining(chr(code))]
    runs = [
        [code for _, code in run] for _, run in groupby(enumerate(stacked), lambda each: each[1] - each[0])
    ]
    accents = "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)
    return re.compile(f"([{accents}]{{10}})[{accents}]+")


def _belongs_to_the_one_before(character: str) -> bool:
    return (
        category(character) in _UNCOUNTED and character != "\n"
    ) or "\U0001f3fb" <= character <= "\U0001f3ff"


def _is_symbol(character: str) -> bool:
    return category(character) == "So" or character >= "\U0001f000"


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
