"""Refusals that know what they are.

A refusal is an exception of exactly one category, and each transport has one table from category to answer. Its
text names ids and the cure, never personal data, so it may stand in a log, a trace and an answer.
"""

import re
from typing import ClassVar

Field = str | int | bool | None

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def code_of(class_name: str) -> str:
    """`MomentEndedError` is `moment-ended` to machines."""
    return _WORD_START.sub("-", class_name.removesuffix("Error")).lower()


class DomainError(Exception):
    """A refusal: `text` for people who read logs, `code` and `fields` for machines."""

    code: ClassVar[str] = "domain"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = code_of(cls.__name__)

    def __init__(self, text: str, **fields: Field) -> None:
        super().__init__(text)
        self.text = text
        self.fields: dict[str, Field] = fields


class NotFoundError(DomainError):
    """It does not exist, or the caller's tenant cannot see it, which is the same."""


class ForbiddenError(DomainError):
    """The caller is known and may see it, but may not do this."""


class ConflictError(DomainError):
    """The state of the thing does not allow it; trying again changes nothing."""


class InvalidError(DomainError):
    """What was asked for is malformed or breaks a rule that needs no state."""


class StaleError(DomainError):
    """Somebody saved first: read again and retry."""


class UnauthenticatedError(DomainError):
    """Nobody knows who is asking."""


class DuplicateKeyError(DomainError):
    """A document with this key exists already: what was to be written once has been written."""

    def __init__(self, collection: str) -> None:
        super().__init__(
            f"A document with the same key is already in {collection}: read it instead of inserting it again.",
            collection=collection,
        )
        self.collection = collection
