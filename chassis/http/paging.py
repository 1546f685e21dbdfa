"""Pages of a list: the cursor says after which sort key and id the next page begins, so changes do no harm.

A cursor is readable by who holds it and travels in addresses: a sort key is never personal data.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query

from chassis.http.problems import HttpError
from chassis.http.schema import Schema

SortKey = str | int | datetime
ItemT = TypeVar("ItemT")

DEFAULT_LIMIT = 50
Limit = Annotated[int, Query(ge=1, le=200, description="How many items a page holds at most.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before.")]


class MalformedCursorError(HttpError):
    status = 400

    def __init__(self) -> None:
        super().__init__("The cursor is none of ours: begin with the first page.")


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: after this sort key and, among equals, this id."""

    key: SortKey
    id: str


class Page(Schema, Generic[ItemT]):
    """A page, and the cursor of the next if there is one."""

    items: Sequence[ItemT]
    next: str | None = None


def cursor_after(key: SortKey, identity: str) -> str:
    """The cursor of the page that begins after this item."""
    written: object = {"t": key.astimezone(UTC).isoformat()} if isinstance(key, datetime) else key
    return (
        urlsafe_b64encode(json.dumps([written, identity], separators=(",", ":")).encode())
        .decode()
        .rstrip("=")
    )


def read_cursor(cursor: str | None) -> After | None:
    """Where the page begins, None for the first. Raises MalformedCursorError."""
    if cursor is None:
        return None
    try:
        written, identity = json.loads(urlsafe_b64decode((cursor + "=" * (-len(cursor) % 4)).encode("ascii")))
        if isinstance(written, dict):
            written = datetime.fromisoformat(written["t"])
            if written.tzinfo is None:
                raise MalformedCursorError
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise MalformedCursorError from None
    if (
        isinstance(written, bool)
        or not isinstance(written, str | int | datetime)
        or not isinstance(identity, str)
    ):
        raise MalformedCursorError
    return After(written, identity)
