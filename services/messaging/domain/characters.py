"""Characters as people count them: an accent, a skin tone or a joined emoji is no character of its own.

Unicode's own segmentation is not in the standard library; this follows it where people write.
"""

from unicodedata import category

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
    for character in text:
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


def _belongs_to_the_one_before(character: str) -> bool:
    return (
        category(character) in _UNCOUNTED and character != "\n"
    ) or "\U0001f3fb" <= character <= "\U0001f3ff"


def _is_symbol(character: str) -> bool:
    return category(character) == "So" or character >= "\U0001f000"


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
