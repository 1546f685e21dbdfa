"""Texts that designers wrote and publishers approved, as moments tells them: about nobody, so nothing is sealed."""

from collections.abc import Iterable, Mapping

from pymongo import UpdateOne

from chassis.mongo import Database
from chassis.work import Work
from services.notifications.entry_texts import Words

COLLECTION = "texts"


def remember(work: Work, text: str, words: Words) -> None:
    """Keep a text; told again it is the same, because its id follows from its words."""
    written = {"tenant": work.tenant, "heading": words.heading, "text": words.text}
    work.changes.write(
        COLLECTION, UpdateOne({"_id": work.id_of(text)}, {"$setOnInsert": written}, upsert=True)
    )


async def find_many(database: Database, tenant: str, texts: Iterable[str]) -> Mapping[str, Words]:
    """Those of the texts that have come."""
    wanted = [f"{tenant}|{text}" for text in dict.fromkeys(texts)]
    if not wanted:
        return {}
    documents = await database[COLLECTION].find({"_id": {"$in": wanted}}).to_list(None)
    return {
        document["_id"].partition("|")[2]: Words(document["heading"], document["text"])
        for document in documents
    }
