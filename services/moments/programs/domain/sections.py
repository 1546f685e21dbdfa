"""Sections: what a page is made of, from top to bottom (R4, R6). Text is Markdown; nothing else is marked up."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Text:
    markdown: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Image:
    """`description` says the same to who does not see it; empty for what only decorates."""

    address: str
    description: str
    kind: Literal["image"] = "image"


@dataclass(frozen=True, slots=True)
class Film:
    address: str
    title: str
    captions: str | None = None
    kind: Literal["film"] = "film"


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound, such as the page read aloud (R93)."""

    address: str
    title: str
    kind: Literal["audio"] = "audio"


@dataclass(frozen=True, slots=True)
class FormReference:
    """A form by its code, placed in the page (R96)."""

    form: str
    kind: Literal["form"] = "form"


@dataclass(frozen=True, slots=True)
class Link:
    address: str
    label: str
    kind: Literal["link"] = "link"


Section = Text | Image | Film | Audio | FormReference | Link
