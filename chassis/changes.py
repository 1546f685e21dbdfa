"""What one unit of work wants written: documents, version checks and outbox, applied in one transaction or not at all.

One of the few modules that may import a driver, so that stores describe writes and nobody else runs them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateMany, UpdateOne
from pymongo.errors import BulkWriteError

from chassis.errors import DuplicateKeyError, StaleError
from chassis.mongo import Database, Document, Transaction

Write = InsertOne[Document] | UpdateOne | UpdateMany | DeleteOne | DeleteMany | ReplaceOne[Document]

_DUPLICATE = 11000


class SavedFirstError(StaleError):
    """Somebody else saved the same thing between our read and our write."""


class Changes:
    """The writes of one or several units of work, merged per collection so that each costs one round trip."""

    __slots__ = ("aggregates", "inserts", "outbox", "versioned", "writes")

    def __init__(self) -> None:
        self.aggregates: set[str] = set()
        self.inserts: dict[str, list[Document]] = defaultdict(list)
        self.versioned: dict[str, list[tuple[Write, int]]] = defaultdict(list)
        self.writes: dict[str, list[Write]] = defaultdict(list)
        self.outbox: list[Document] = []

    def __bool__(self) -> bool:
        return bool(self.inserts or self.versioned or self.writes or self.outbox)

    def insert(self, collection: str, document: Document) -> None:
        """Insert; a document with the same id makes the whole commit raise DuplicateKeyError(collection)."""
        self.inserts[collection].append(document)

    def replace(self, collection: str, document: Document, *, version: int) -> None:
        """Replace the document if it still has `version`; otherwise the commit raises SavedFirstError."""
        self.exactly(1, collection, ReplaceOne({"_id": document["_id"], "version": version}, document))

    def exactly_one(self, collection: str, write: UpdateOne | DeleteOne) -> None:
        """A write whose filter must match: otherwise the commit raises SavedFirstError."""
        self.exactly(1, collection, write)

    def exactly(self, count: int, collection: str, write: Write) -> None:
        """A write whose filter must match so many documents: otherwise the commit raises SavedFirstError."""
        self.versioned[collection].append((write, count))

    def write(self, collection: str, *writes: Write) -> None:
        """Writes that may match nothing: upserts and deletes of projections. They keep their order."""
        self.writes[collection].extend(writes)

    def merge(self, others: Iterable["Changes"]) -> "Changes":
        """One set of changes that does what all of them do."""
        merged = Changes()
        for part in (self, *others):
            merged.aggregates |= part.aggregates
            for mine, theirs in (
                (merged.inserts, part.inserts),
                (merged.versioned, part.versioned),
                (merged.writes, part.writes),
            ):
                for collection, items in theirs.items():
                    mine[collection].extend(items)  # type: ignore[arg-type]
            merged.outbox.extend(part.outbox)
        return merged

    def apply(self, database: Database, session: Transaction) -> None:
        """Write everything within a transaction, in its thread. Raises SavedFirstError or DuplicateKeyError."""
        for collection, documents in self.inserts.items():
            _bulk(database, session, collection, [InsertOne(each) for each in documents])
        for collection, checked in self.versioned.items():
            matched = _bulk(database, session, collection, [write for write, _ in checked])
            if matched != sum(count for _, count in checked):
                raise SavedFirstError(
                    "It was changed by somebody else meanwhile; read it again.", collection=collection
                )
        for collection, writes in self.writes.items():
            _bulk(database, session, collection, writes, ordered=True)
        if self.outbox:
            try:
                _bulk(database, session, "outbox", [InsertOne(each) for each in self.outbox])
            except DuplicateKeyError:
                # Another process said something about the same thing in the same microsecond: a later position is free.
                raise SavedFirstError(
                    "Something else was said of it at the same time; do it again."
                ) from None


def _bulk(
    database: Database,
    session: Transaction,
    collection: str,
    writes: Sequence[Write],
    *,
    ordered: bool = False,
) -> int:
    try:
        result = database.delegate[collection].bulk_write(list(writes), ordered=ordered, session=session)
    except BulkWriteError as error:
        details: Any = error.details or {}
        if any(fault.get("code") == _DUPLICATE for fault in details.get("writeErrors", ())):
            raise DuplicateKeyError(collection) from None
        raise
    return int(result.matched_count + result.deleted_count)
