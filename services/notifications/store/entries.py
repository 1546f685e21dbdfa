"""Inbox entries: one of each notice, on a channel of its own, and lying among the sendings like every account line.

An entry is in the resident's own inbox from the moment it is committed, and has arrived with that (R196). Where the
resident has an inbox at 1177 as well, it is due to be delivered there like anything else that is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import UpdateOne

from chassis.http.paging import After
from chassis.mongo import Document
from chassis.work import Work
from services.notifications.domain.notices import Asked
from services.notifications.domain.sending import Kind, State
from services.notifications.store import ids, sendings


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as its resident sees it."""

    notice: str
    moment: str
    category: str
    unit: str | None
    text: str | None
    at: datetime
    read_at: datetime | None


def content(asked: Asked) -> Document:
    """What an entry needs to know of its notice, as it waits with a notice for its day."""
    return {"category": asked.category, "unit": asked.unit, "text": asked.text}


def id_of(work: Work, notice: str) -> str:
    """The id of a notice's entry."""
    return ids.id_of(work, "direct", notice, ids.INBOX)


def made(work: Work, resident: str, item: Document, about: Document, number: bytes | None) -> Document:
    """The entry of one notice, kept by `sendings.keep`. Without a number it is in our own inbox and nowhere else."""
    entry = sendings.new(
        work,
        id_of(work, item["notice"]),
        kind=Kind.DIRECT,
        resident=resident,
        channel=ids.INBOX,
        category=about["category"],
        items=[item],
        to=number if about["unit"] is not None else None,
    )
    entry |= {"at": work.now, "unit": about["unit"], "text": about["text"], "read_at": None}
    if entry["to"] is None:
        entry |= {"state": State.SENT.value, "next_at": None, "settled_at": work.now}
    return entry


def withheld(work: Work, resident: str, item: Document, about: Document, reason: str) -> Document:
    """The entry of a notice that is told to nobody: an account line, and in no inbox."""
    entry = made(work, resident, item, about, None)
    return {**entry, "state": State.SUPPRESSED.value, "reason": reason}


async def page(
    work: Work, resident: str, *, after: After | None, limit: int, unread: bool
) -> Sequence[Entry]:
    """The resident's entries, the newest first; only those unread, if so asked."""
    where = _of(work, resident)
    if unread:
        where["read_at"] = None
    if after is not None:
        same = {"at": after.key, "_id": {"$lt": id_of(work, after.id)}}
        where["$or"] = [{"at": {"$lt": after.key}}, same]
    rows = work.room.database[sendings.COLLECTION].find(where).sort([("at", -1), ("_id", -1)]).limit(limit)
    return [_opened(row) for row in await rows.to_list(None)]


async def count_unread(work: Work, resident: str, most: int) -> int:
    """How many entries the resident has not read, counted up to `most`."""
    where = {**_of(work, resident), "read_at": None}
    found: int = await work.room.database[sendings.COLLECTION].count_documents(where, limit=most)
    return found


async def find(work: Work, resident: str, notice: str) -> Entry | None:
    """The resident's own entry of a notice."""
    where = {**_of(work, resident), "_id": id_of(work, notice)}
    row = await work.room.database[sendings.COLLECTION].find_one(where)
    return None if row is None else _opened(row)


def mark_read(work: Work, notice: str) -> None:
    """The resident has read it; the first time is what counts. What becomes of its sending is another matter."""
    where = {"_id": id_of(work, notice), "read_at": None}
    work.changes.write(sendings.COLLECTION, UpdateOne(where, {"$set": {"read_at": work.now}}))


def _of(work: Work, resident: str) -> Document:
    withheld = State.SUPPRESSED.value
    return {"tenant": work.tenant, "resident": resident, "channel": ids.INBOX, "state": {"$ne": withheld}}


def _opened(row: Document) -> Entry:
    (item,) = row["items"]
    return Entry(
        notice=item["notice"],
        moment=item["moment"],
        category=row["category"],
        unit=row["unit"],
        text=row["text"],
        at=row["at"],
        read_at=row["read_at"],
    )
