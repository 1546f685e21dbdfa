"""Whether a resident has SMS or e-mail switched on, as last heard from notifications; never an address."""

from pymongo import DeleteOne, UpdateOne

from chassis.work import Work

COLLECTION = "contacts"


def project(work: Work, resident: str, *, sms: bool, email: bool) -> None:
    """Remember the resident's choices from now on; nothing where all is off, as of whoever never chose.

    So the last word about a resident who was purged takes away what was heard after the purge (R308).
    """
    if not (sms or email):
        work.changes.write(COLLECTION, DeleteOne({"_id": work.id_of(resident)}))
        return
    document = {"tenant": work.tenant, "resident": resident, "sms": sms, "email": email}
    work.changes.write(COLLECTION, UpdateOne({"_id": work.id_of(resident)}, {"$set": document}, upsert=True))


async def has_a_channel(work: Work, resident: str) -> bool:
    """Whether an SMS or an e-mail could reach the resident; whoever never chose has none."""
    found = await work.room.database[COLLECTION].find_one(
        {"_id": work.id_of(resident)}, {"sms": 1, "email": 1}
    )
    return found is not None and (found["sms"] or found["email"])
