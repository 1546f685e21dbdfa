"""Erasing a subject: its key is destroyed, then everything that names it is deleted in the transaction of the receipt.

The key goes first and for ever (or until the subject comes back, where that may be), so that whatever arrives late
finds nothing it could be sealed with, and raw files, the oplog and old backups hold only what nobody can read.
"""

from collections.abc import Mapping

from pymongo import DeleteMany

from chassis.parking import COLLECTION as PARKED
from chassis.timers import COLLECTION as TIMERS
from chassis.work import Work


async def erase(
    work: Work, subject: str, collections: Mapping[str, str], *, forever: bool
) -> tuple[dict[str, int], bool]:
    """Delete what is held of `subject` in `collections` (name -> field that holds its id), its timers and parked.

    Returns how many documents of each collection go with this unit of work, and whether there was a key to destroy.
    `forever`: the subject's id never comes back, and a key for it is never made again.
    """
    destroyed = await work.room.keyring.destroy(work.tenant, subject, forever=forever)
    counted: dict[str, int] = {}
    for collection, field in {**collections, TIMERS: "key", PARKED: "key"}.items():
        where = {"tenant": work.tenant, field: subject.encode() if collection == PARKED else subject}
        counted[collection] = await work.room.database[collection].count_documents(where)
        work.changes.write(collection, DeleteMany(where))
    return counted, destroyed
