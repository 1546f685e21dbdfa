"""Which channels residents have switched on, as notifications last said; no address is known here (R52, R183)."""

from pymongo import DeleteOne, UpdateOne

from chassis.work import Work
from contracts.notifications import ContactChoicesMade

COLLECTION = "contact_choices"


def project(work: Work, choices: ContactChoicesMade) -> None:
    """Remember the resident's choices; nothing where all is off, as of whoever never chose.

    So the last word about a resident who was purged takes away what was heard after the purge (R308).
    """
    if not (choices.sms or choices.email):
        work.changes.write(COLLECTION, DeleteOne({"_id": work.id_of(choices.resident_id)}))
        return
    document = {
        "tenant": work.tenant,
        "resident": choices.resident_id,
        "sms": choices.sms,
        "email": choices.email,
        "at": choices.at,
    }
    work.changes.write(
        COLLECTION, UpdateOne({"_id": work.id_of(choices.resident_id)}, {"$set": document}, upsert=True)
    )


async def has_notifications(work: Work, resident: str) -> bool:
    """Whether SMS or e-mail is on; off until the resident has chosen (R183)."""
    document = await work.room.database[COLLECTION].find_one({"_id": work.id_of(resident)})
    return document is not None and bool(document["sms"] or document["email"])
