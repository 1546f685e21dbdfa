"""What a page's sections look like in YAML: each names what it is by its only key."""

from typing import Annotated

from pydantic import Field, model_validator

from services.moments.programs.definitions.parts import Code, Markdown, Name, Part
from services.moments.programs.domain.sections import Audio, Film, FormReference, Image, Link, Section, Text

# Nothing is fetched from it here; what cannot be reached safely has no place in a page.
Address = Annotated[str, Field(pattern=r"^https://[^\s<>\"']{1,500}$")]


class ImageDefinition(Part):
    address: Address
    description: Annotated[str, Field(max_length=1000)]

    def as_section(self) -> Image:
        return Image(self.address, self.description)


class FilmDefinition(Part):
    address: Address
    title: Name
    captions: Address | None = None

    def as_section(self) -> Film:
        return Film(self.address, self.title, self.captions)


class AudioDefinition(Part):
    address: Address
    title: Name

    def as_section(self) -> Audio:
        return Audio(self.address, self.title)


class LinkDefinition(Part):
    address: Address
    label: Name

    def as_section(self) -> Link:
        return Link(self.address, self.label)


class SectionDefinition(Part):
    """One of these, from top to bottom of the page (R4, R6)."""

    text: Markdown | None = None
    image: ImageDefinition | None = None
    film: FilmDefinition | None = None
    audio: AudioDefinition | None = None
    form: Code | None = None
    link: LinkDefinition | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "SectionDefinition":
        if len(self.model_fields_set) != 1:
            raise ValueError("must be exactly one of text, image, film, audio, form and link")
        return self

    def as_section(self) -> Section:
        """The section it defines."""
        if self.text is not None:
            return Text(self.text)
        if self.form is not None:
            return FormReference(self.form)
        medium = self.image or self.film or self.audio or self.link
        assert medium is not None
        return medium.as_section()
