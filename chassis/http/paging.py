"""Pages of a list: the cursor says after which sort key and id the next page begins, so changes do no harm.

A cursor is readable by who holds it and travels in addresses: a sort key is never personal data.
"""

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
# The largest number a database holds.
_INT64 = 2**63
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


def read_cursor(cursor: str | None, *kinds: type[SortKey]) -> After | None:
    """Where the page begins, None for the first. Raises MalformedCursorError, also for a key of none of `kinds`."""
    if cursor is None:
        return None
    try:
        written, identity = json.loads(urlsafe_b64decode((cursor + "=" * (-len(cursor) % 4)).encode("ascii")))
        key = _key(written)
        # What JSON can write and a database cannot: half of a surrogate pair.
        f"{key}{identity}".encode()
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise MalformedCursorError from None
    if not isinstance(identity, str) or not isinstance(key, kinds or (str, int, datetime)):
        raise MalformedCursorError
    return After(key, identity)


def _key(written: object) -> SortKey:
    match written:
        case {"t": str(text)} if (time := datetime.fromisoformat(text)).tzinfo is not None:
            return time.astimezone(UTC)
        case str():
            return written
        case int() if not isinstance(written, bool) and -_INT64 <= written < _INT64:
            return written
        case _:
            raise MalformedCursorError
