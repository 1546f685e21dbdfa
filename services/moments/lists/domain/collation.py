"""Swedish order and Swedish sameness of texts: å ä ö are letters of their own after z, other accents are none.

Orders as the database's collation `sv` does; here because what is sorted is sealed where the database could do it.
"""

import unicodedata

# In the order of the alphabet these come right after z, as the three last letters do.
_LAST_LETTERS = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "œ": "}", "ő": "}"})
_AS_OTHERS = str.maketrans({"ü": "y", "ű": "y", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})
_OWN_LETTERS = frozenset("åäö")

# Below every letter, so that what is short comes before what begins with it.
_END = "\0"


def collation_key(*parts: str) -> str:
    """Sorts texts as a Swede does, by the first part first; what differs in accents alone lies side by side."""
    plain = [unicodedata.normalize("NFC", part).casefold() for part in parts]
    return _END.join([*(primary_key(part) for part in plain), *plain])


def primary_key(text: str) -> str:
    """What sorts a text before accents are looked at."""
    plain = unicodedata.normalize("NFC", text).casefold()
    return _without_accents(plain.translate(_LAST_LETTERS).translate(_AS_OTHERS))


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
