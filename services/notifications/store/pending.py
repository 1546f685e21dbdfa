"""Pending notices of coming windows, in a clustered collection whose ids begin with tenant, window and recipient.

A window is read in order of its recipients, grouped while reading, and deleted as the ranges that were read. A
delete counts what it took, so a notice that came in between is never deleted unseen.
"""

from datetime import date, datetime
from typing import NamedTuple

from pymongo import DeleteMany, DeleteOne

from chassis.indexes import create_collection
from chassis.mongo import Database, Document
from chassis.work import Work
from services.notifications.domain.notices import Asked, Held, Item
from services.notifications.domain.wording import DIGEST
from services.notifications.store import entries, sendings

COLLECTION = "pending"
# Sorts after every character of an id.
_END = "\U0010ffff"


class Pending(NamedTuple):
    """One pending notice; `written` is how it goes into a sending."""

    id: str
    resident: str
    written: Document
    unless_read: str | None
    asked_at: datetime | None
    # What its entry in the inbox says, if that is made with the window and not before.
    entry: Document | None

    @property
    def item(self) -> Item:
        return sendings.read(self.written)

    @property
    def going(self) -> Document:
        """As it stands in a digest, which goes without it if it is read before."""
        if self.unless_read is None or self.asked_at is None:
            return self.written
        return {**self.written, "held": Held(DIGEST, self.asked_at, self.unless_read)._asdict()}


async def create(database: Database) -> None:
    """Make the collection; does nothing where it is. Must come before its first insert."""
    await create_collection(database, COLLECTION, clusteredIndex={"key": {"_id": 1}, "unique": True})


def add(work: Work, asked: Asked, window: date) -> None:
    """Let a notice wait for its window."""
    work.insert(COLLECTION, document(work.tenant, window.isoformat(), asked))


def document(tenant: str, window: str, asked: Asked) -> Document:
    """A notice as it waits: its item stands in it as it goes into a sending, so that many are flushed fast."""
    waiting: Document = {
        "_id": _id(tenant, window, asked.resident, asked.notice),
        "tenant": tenant,
        "item": sendings.written(asked.item),
    }
    if asked.unless_read is not None:
        waiting |= {"unless_read": asked.unless_read, "asked_at": asked.asked_at}
    if asked.timing == "at":
        waiting["entry"] = entries.content(asked)
    return waiting


async def read(database: Database, tenant: str, window: str, after: str | None, most: int) -> list[Pending]:
    """At most `most` of a window in order of id, those of one resident together."""
    begin = {"$gt": after} if after is not None else {"$gte": f"{tenant}|{window}|"}
    where = {"_id": {**begin, "$lt": f"{tenant}|{window}|{_END}"}}
    # One answer and no cursor to come back to.
    cursor = database[COLLECTION].find(where, limit=most, batch_size=most + 1).sort("_id", 1)
    documents = await cursor.to_list(None)
    return [_opened(document) for document in documents]


def delete(work: Work, first: str, last: str, count: int) -> None:
    """Delete the range from the first id to the last. The commit fails when it holds any other number."""
    where = {"_id": {"$gte": first, "$lte": last}}
    work.changes.exactly(count, COLLECTION, DeleteMany(where))


def take_back(work: Work, item: Pending) -> None:
    """Let a notice wait no more. The commit fails if its window was flushed meanwhile."""
    work.changes.exactly_one(COLLECTION, DeleteOne({"_id": item.id}))


async def oldest_window(database: Database, tenant: str) -> str | None:
    """The earliest window anything of the tenant waits for."""
    where = {"_id": {"$gte": f"{tenant}|", "$lt": f"{tenant}|{_END}"}}
    first = await database[COLLECTION].find_one(where, {"_id": 1}, sort=[("_id", 1)])
    return None if first is None else first["_id"].split("|", 2)[1]


async def of_resident(database: Database, tenant: str, resident: str) -> list[Pending]:
    """Everything that waits for a resident, whatever the window: one range per window that holds anything."""
    found: list[Pending] = []
    window = await oldest_window(database, tenant)
    while window is not None:
        within = {"$gte": _id(tenant, window, resident, ""), "$lt": _id(tenant, window, resident, _END)}
        found += [_opened(row) for row in await database[COLLECTION].find({"_id": within}).to_list(None)]
        later = {"$gte": f"{tenant}|{window}|{_END}", "$lt": f"{tenant}|{_END}"}
        following = await database[COLLECTION].find_one({"_id": later}, {"_id": 1}, sort=[("_id", 1)])
        window = None if following is None else following["_id"].split("|", 2)[1]
    return found


def _id(tenant: str, window: str, resident: str, notice: str) -> str:
    return f"{tenant}|{window}|{resident}|{notice}"


def _opened(document: Document) -> Pending:
    get = document.get
    identity = document["_id"]
    resident = identity.split("|", 3)[2]
    return Pending(identity, resident, document["item"], get("unless_read"), get("asked_at"), get("entry"))
