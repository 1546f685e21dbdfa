"""The only door for text from outside: of markup only bold, italic and line breaks pass, of signs only those seen.

It runs before `MessageText`, on every way in. Signs go after the markup, because references such as `&#x202E;` become
signs in it; taking a sign away cannot make a tag, since every `<` that is text is written `&lt;` by then.
"""

import re
from unicodedata import category

import nh3

from services.messaging.domain.characters import without_towers
from services.messaging.domain.text import TooMuchMarkupError

_TAGS = {"b", "strong", "i", "em", "p", "br"}
# The parser's time grows with the square of nested tags: 28 000 lists in each other take 7 s, 2 000 take 0.1 s.
_MOST_TAGS = 4_000
# Whoever pastes paragraphs and lists from elsewhere keeps the lines.
_LINE_ENDS = re.compile(r"</(?:div|li|tr|h[1-6]|blockquote|pre)\s*>", re.IGNORECASE)
_NEW_LINES = re.compile(r"\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
_KEPT_CONTROLS = "\n\t"
# Joiners that emoji and Persian need, and the marks that set a direction without reaching beyond themselves.
_KEPT_FORMATS = "\u200c\u200d\u200e\u200f\u061c"
# The flags of England, Scotland and Wales are spelled in signs that could otherwise hide a text.
_FLAGS = re.compile(
    "(\U0001f3f4(?:\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|"
    "\U000e0077\U000e006c\U000e0073))\U000e007f)"
)

# Without "*" the library would keep those it lets through on every tag: lang and title.
_cleaner = nh3.Cleaner(tags=_TAGS, attributes={"*": set()}, link_rel=None, strip_comments=True)


def cleaned_message(text: str) -> str:
    """Markup with nothing but bold, italic, paragraphs and line breaks, without attributes (R162).

    Raises TooMuchMarkupError.
    """
    tags = text.count("<")
    if tags > _MOST_TAGS:
        raise TooMuchMarkupError(tags, _MOST_TAGS)
    return cleaned_signs(_cleaner.clean(_LINE_ENDS.sub("<br>", text))).strip()


def cleaned_signs(text: str) -> str:
    """Without controls, invisible fillers, towers of accents, and overrides of direction that would turn the page."""
    between_flags = _FLAGS.split(_NEW_LINES.sub("\n", text))
    # Every second part is a flag that the pattern caught.
    return without_towers(
        "".join(part if at % 2 else "".join(filter(_is_kept, part)) for at, part in enumerate(between_flags))
    )


def _is_kept(sign: str) -> bool:
    match category(sign):
        case "Cc":
            return sign in _KEPT_CONTROLS
        case "Cf":
            return sign in _KEPT_FORMATS
        case "Cs" | "Cn":
            return False
        case _:
            return True
