"""Sections as the API tells them, to staff and residents alike: Markdown comes as clean HTML, never as Markdown."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from chassis.http.schema import Schema
from services.moments.programs.domain.sections import Audio, Film, FormReference, Image, Link, Section, Text
from services.moments.programs.rendering.markdown import html_of


class TextOut(Schema):
    kind: Literal["text"] = "text"
    html: str


class ImageOut(Schema):
    kind: Literal["image"] = "image"
    address: str
    description: str


class FilmOut(Schema):
    kind: Literal["film"] = "film"
    address: str
    title: str
    captions: str | None


class AudioOut(Schema):
    kind: Literal["audio"] = "audio"
    address: str
    title: str


class FormReferenceOut(Schema):
    kind: Literal["form"] = "form"
    form: str


class LinkOut(Schema):
    kind: Literal["link"] = "link"
    address: str
    label: str


SectionOut = Annotated[
    TextOut | ImageOut | FilmOut | AudioOut | FormReferenceOut | LinkOut, Field(discriminator="kind")
]


def sections_out(sections: Iterable[Section]) -> list[SectionOut]:
    """A page from top to bottom."""
    return [_section(section) for section in sections]


def _section(section: Section) -> SectionOut:
    match section:
        case Text():
            return TextOut(html=html_of(section.markdown))
        case Image():
            return ImageOut(address=section.address, description=section.description)
        case Film():
            return FilmOut(address=section.address, title=section.title, captions=section.captions)
        case Audio():
            return AudioOut(address=section.address, title=section.title)
        case FormReference():
            return FormReferenceOut(form=section.form)
        case Link():
            return LinkOut(address=section.address, label=section.label)
