"""What may be written: a message of 1 to 10 000 visible characters, a title of at most 100.

A `MessageText` is made of markup that has been cleaned already; that nothing else is kept is its maker's promise.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from chassis.errors import InvalidError
from services.messaging.domain import characters

MOST_CHARACTERS = 10_000
MOST_IN_TITLE = 100
# A visible character may be built of several; a tower of accents must not make a text without end.
_MOST_CODE_POINTS = 10 * MOST_CHARACTERS

_SPACES = re.compile(r"\s+")


class EmptyMessageError(InvalidError):
    def __init__(self) -> None:
        super().__init__("The message shows nothing: write at least one visible character.")


class MessageTooLongError(InvalidError):
    def __init__(self, length: int) -> None:
        super().__init__(
            f"The message has {length} characters: send at most {MOST_CHARACTERS}, in several messages if need be.",
            length=length,
            limit=MOST_CHARACTERS,
        )


class TooMuchMarkupError(InvalidError):
    def __init__(self, tags: int, limit: int) -> None:
        super().__init__(
            f"The message has {tags} tags: send at most {limit}, or plain text.", tags=tags, limit=limit
        )


class TitleTooLongError(InvalidError):
    def __init__(self, length: int) -> None:
        super().__init__(
            f"The title has {length} characters: use at most {MOST_IN_TITLE}.",
            length=length,
            limit=MOST_IN_TITLE,
        )


@dataclass(frozen=True, slots=True)
class MessageText:
    """The cleaned markup of a message, known to be neither empty (R161) nor too long (D46)."""

    markup: str = field(repr=False)

    @staticmethod
    def of(markup: str) -> "MessageText":
        """Raises EmptyMessageError or MessageTooLongError."""
        visible = visible_text(markup)
        if characters.is_blank(visible):
            raise EmptyMessageError
        length = characters.count(visible)
        if length > MOST_CHARACTERS or len(visible) > _MOST_CODE_POINTS:
            raise MessageTooLongError(max(length, MOST_CHARACTERS + 1))
        return MessageText(markup)


def title_of(text: str | None) -> str | None:
    """The title on one line, None for the default when it is blank (R158, R159, D46). Raises TitleTooLongError."""
    title = _SPACES.sub(" ", text or "").strip()
    if characters.is_blank(title):
        return None
    length = characters.count(title)
    if length > MOST_IN_TITLE or len(title) > 10 * MOST_IN_TITLE:
        raise TitleTooLongError(max(length, MOST_IN_TITLE + 1))
    return title


def visible_text(markup: str) -> str:
    """What is left to read when the tags are gone, without space around it."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return "".join(reader.parts).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")
