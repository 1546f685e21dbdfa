"""Read marks: when a resident last read a conversation, as messaging tells it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pymongo import UpdateOne

from chassis.mongo import Database
from chassis.work import Work

COLLECTION = "reads"


def mark(work: Work, conversation: str, *, moment: str, resident: str, read_at: datetime) -> None:
    """Remember the latest reading; an earlier one that comes later changes nothing."""
    place = {"tenant": work.tenant, "conversation": conversation, "moment": moment, "resident": resident}
    update = {"$max": {"read_at": read_at}, "$setOnInsert": place}
    work.changes.write(COLLECTION, UpdateOne({"_id": work.id_of(conversation)}, update, upsert=True))


async def read_at(database: Database, tenant: str, conversations: Iterable[str]) -> Mapping[str, datetime]:
    """When each conversation was last read by its resident; absent where it was not."""
    ids = [f"{tenant}|{conversation}" for conversation in dict.fromkeys(conversations)]
    if not ids:
        return {}
    documents = await database[COLLECTION].find({"_id": {"$in": ids}}).to_list(None)
    return {document["conversation"]: document["read_at"] for document in documents}
