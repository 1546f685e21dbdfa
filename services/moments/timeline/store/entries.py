"""Timelines on disk: one document per event, written by the stores that say it, so that no use case can forget it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import InsertOne

from chassis.http.paging import After
from chassis.mongo import Document
from chassis.work import Work
from services.moments.timeline.domain.entry import ActorKind, Entry, Kind, entry_of

COLLECTION = "timeline"


class Recorder:
    """Writes the events of one kind of aggregate, in their order, for one unit of work."""

    def __init__(self, work: Work, noun: str) -> None:
        self._work = work
        self._noun = noun
        self._written: Counter[str] = Counter()

    def record(self, moment: str, version: int, event: Any) -> None:
        """Put an event of the moment on its timeline; `version` is the aggregate's before it is saved.

        Whoever saves the same version at the same time is refused by the aggregate, before this is written.
        """
        work, number = self._work, self._written[moment]
        self._written[moment] += 1
        entry = entry_of(
            event,
            id=f"{moment}|{self._noun}{version:06}.{number:04}",
            by=work.actor.id,
            by_kind=ActorKind(work.actor.kind),
            unit=work.actor.unit,
        )
        document = {
            "_id": work.id_of(entry.id),
            "tenant": work.tenant,
            "moment": moment,
            "kind": entry.kind.value,
            "event": entry.event,
            "at": entry.at,
            "by": entry.by,
            "by_kind": entry.by_kind.value,
            "unit": entry.unit,
            "facts": dict(entry.facts),
        }
        work.changes.write(COLLECTION, InsertOne(document))


async def page(
    work: Work,
    moment: str,
    *,
    kinds: Sequence[Kind],
    first: datetime | None,
    before: datetime | None,
    after: After | None,
    limit: int,
) -> list[Entry]:
    """A page, newest first: from `first` on, up to `before`; one entry more says that there is another page."""
    where: Document = {"tenant": work.tenant, "moment": moment}
    if kinds:
        where["kind"] = {"$in": [kind.value for kind in kinds]}
    period: Document = {}
    if first is not None:
        period["$gte"] = first
    if before is not None:
        period["$lt"] = before
    if period:
        where["at"] = period
    if after is not None:
        where["$or"] = [
            {"at": {"$lt": after.key}},
            {"at": after.key, "_id": {"$lt": work.id_of(after.id)}},
        ]
    cursor = work.room.database[COLLECTION].find(where).sort([("at", -1), ("_id", -1)]).limit(limit + 1)
    return [_entry(work, document) for document in await cursor.to_list(None)]


def _entry(work: Work, document: Document) -> Entry:
    return Entry(
        id=document["_id"].removeprefix(work.id_of("")),
        kind=Kind(document["kind"]),
        event=document["event"],
        at=document["at"],
        by=document["by"],
        by_kind=ActorKind(document["by_kind"]),
        unit=document["unit"],
        facts=document["facts"],
    )
