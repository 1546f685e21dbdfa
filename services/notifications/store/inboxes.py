"""Residents' inboxes at 1177: there from the first login on (R195), and reached by the number that the token carried.

The number is sealed under the resident's key, is kept only where entries are delivered to 1177, and goes with the
resident's last moment.
"""

from collections.abc import Iterable, Mapping

from pymongo import UpdateOne

from chassis.mongo import Database
from chassis.work import Work

COLLECTION = "inboxes"
SEALED_AS = "personnummer"


async def is_open(database: Database, tenant: str, resident: str) -> bool:
    """Whether the resident has logged in before."""
    return await database[COLLECTION].find_one({"_id": f"{tenant}|{resident}"}, {"_id": 1}) is not None


async def open_inbox(work: Work, resident: str, number: str) -> None:
    """The resident has logged in: entries made from now on reach the inbox at 1177."""
    # The key of a resident who was purged seconds ago may still be remembered here, and opens nothing any more.
    sealer = await work.room.keyring.ensure(work.tenant, resident, fresh=True)
    opened = {
        "tenant": work.tenant,
        "subject": resident,
        "number": sealer.seal(SEALED_AS, number),
        "opened_at": work.now,
    }
    work.changes.write(
        COLLECTION, UpdateOne({"_id": work.id_of(resident)}, {"$setOnInsert": opened}, upsert=True)
    )


async def numbers(database: Database, tenant: str, residents: Iterable[str]) -> Mapping[str, bytes]:
    """The sealed number of each of the residents who has an inbox at 1177, in one query."""
    wanted = [f"{tenant}|{resident}" for resident in dict.fromkeys(residents)]
    if not wanted:
        return {}
    found = database[COLLECTION].find({"_id": {"$in": wanted}}, {"subject": 1, "number": 1})
    return {document["subject"]: document["number"] for document in await found.to_list(None)}
