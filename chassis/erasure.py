"""Erasing a subject: its key is destroyed, then everything that names it is deleted in the transaction of the receipt.

The key goes first and for ever (or until the subject comes back, where that may be), so that whatever arrives late
finds nothing it could be sealed with, and raw files, the oplog and old backups hold only what nobody can read.
What was prepared before and is committed after it meets the erasure's mark: deleting what is not there yet would let
it pass.
"""

from collections.abc import Mapping
from datetime import timedelta

from pymongo import DeleteMany, DeleteOne, UpdateOne

from chassis.clock import SystemClock
from chassis.mongo import Document
from chassis.parking import COLLECTION as PARKED
from chassis.timers import COLLECTION as TIMERS
from chassis.work import Work
from contracts.retention import Deleted, PurgeAnswered, PurgeRequested

_ANSWERS = "idempotency"

MARKS = "erased"
# Whoever looked for the subject before its erasure has committed or given up within seconds.
_MARKED = timedelta(days=1)
_real = SystemClock()


async def erase(work: Work, subject: str, collections: Mapping[str, str], *, forever: bool) -> dict[str, int]:
    """Delete what is held of `subject` in `collections` (name -> field that holds its id), and what the chassis holds:
    its timers, what is parked of it, and the remembered answers that name it or were given to it.

    Its timers are those whose key is the subject, or begins with it and a bar.
    Returns how many documents of each collection go with this unit of work. When it returns, no key is left.
    `forever`: the subject's id never comes back, and a key for it is never made again.
    """
    await work.room.keyring.destroy(work.tenant, subject, forever=forever)
    counted: dict[str, int] = {}
    of_subject: dict[str, Document] = {name: {field: subject} for name, field in collections.items()}
    own = _between(f"{work.id_of(subject)}|")
    of_subject[_ANSWERS] = {"$or": [{"about": subject}, {"_id": own}]}
    of_subject[PARKED] = {"key": subject.encode()}
    of_subject[TIMERS] = {"$or": [{"key": subject}, {"key": _between(f"{subject}|")}]}
    for collection, named in of_subject.items():
        where = {"tenant": work.tenant, **named}
        counted[collection] = await work.room.database[collection].count_documents(where)
        work.changes.write(collection, DeleteMany(where))
    if forever:
        mark = {"$setOnInsert": {"expires_at": _real.now() + _MARKED}}
        work.changes.write(MARKS, UpdateOne({"_id": _mark_of(work, subject)}, mark, upsert=True))
    return counted


def unless_erased(work: Work, subject: str) -> None:
    """Commit the first document of a subject only if the subject has not been erased since it was looked for.

    Otherwise the commit raises DuplicateKeyError, or whoever is second is done again and sees the first. It inserts
    the mark of an erasure and takes it away at once: nothing of it stays.
    """
    mark = _mark_of(work, subject)
    work.insert(MARKS, {"_id": mark})
    work.changes.write(MARKS, DeleteOne({"_id": mark}))


def _mark_of(work: Work, subject: str) -> str:
    # After an erasure nothing names the subject, this neither.
    return work.id_of(work.room.pseudonyms.fingerprint(work.tenant, subject.encode()))


def is_asked(work: Work, asked: PurgeRequested) -> bool:
    """Whether this service is asked: what others are asked is not its to delete (0034)."""
    return asked.services is None or work.room.service in asked.services


def answer_purge(
    work: Work, asked: PurgeRequested, deleted: Mapping[str, int], *, resident_remains: bool
) -> None:
    """Give the receipt of a purge (R308), in the transaction of its deletes.

    `key_destroyed` says that no key is left, not that this try destroyed it: a receipt written at a second try says
    the same.
    """
    work.say(
        PurgeAnswered(
            purge_id=asked.purge_id,
            scope=asked.scope,
            service=work.room.service,
            moment_id=asked.moment_id,
            resident_id=asked.resident_id,
            deleted=[Deleted(collection=name, count=count) for name, count in sorted(deleted.items())],
            key_destroyed=asked.scope == "moment" or not resident_remains,
            resident_remains=resident_remains,
            answered_at=work.now,
        ),
        about=asked.moment_id,
    )


def _between(first: str) -> Document:
    """What begins with this, which ends with a bar: the sign after the bar ends the range."""
    return {"$gte": first, "$lt": first.removesuffix("|") + "}"}
