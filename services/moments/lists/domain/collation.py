"""Swedish order and Swedish sameness of texts: å ä ö are letters of their own after z, other accents are none.

Orders as the database's collation `sv` does; here because what is sorted is sealed where the database could do it.
"""

import unicodedata

# In the order of the alphabet these come right after z, as the three last letters do.
_LAST_LETTERS = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "œ": "}", "ő": "}"})
_AS_OTHERS = str.maketrans({"ü": "y", "ű": "y", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})
_OWN_LETTERS = frozenset("åäö")

CollationKey = tuple[str, str]


def collation_key(text: str) -> CollationKey:
    """Sorts texts as a Swede does; texts that differ in accents alone lie side by side."""
    plain = unicodedata.normalize("NFC", text).casefold()
    return _without_accents(plain.translate(_LAST_LETTERS).translate(_AS_OTHERS)), plain


def folded(text: str) -> str:
    """The text as it is compared in a search: case and accents say nothing, å ä ö do."""
    plain = unicodedata.normalize("NFC", text).casefold()
    if plain.isascii():
        return plain
    return "".join(letter if letter in _OWN_LETTERS else _without_accents(letter) for letter in plain)


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(part for part in unicodedata.normalize("NFKD", text) if not unicodedata.combining(part))
