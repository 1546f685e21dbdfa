"""The read model of the lists on disk: one document per moment, ids and codes only, changed in the write that says so.

`changed_at` is the database's own time, so that whoever remembers a unit's lines asks for what is younger. A purge
takes documents away, which no such question shows: the unit's own document says that something left.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateMany, UpdateOne

from chassis.mongo import Document
from chassis.work import Work
from services.moments.lists.domain.line import FlagCount, Standing
from services.moments.moments.domain.moment import Moment

COLLECTION = "standings"


def put(work: Work, moment: Moment) -> None:
    """Let the lists show the moment as it is when it is saved, which makes its next version."""
    shown = {
        "tenant": work.tenant,
        "unit": moment.unit,
        "moment": moment.id,
        "version": moment.version + 1,
        "resident": moment.resident,
        "program": moment.program,
        "program_version": moment.program_version,
        "practitioner": moment.practitioner,
        "state": moment.state.value,
        "is_ended": moment.is_ended,
        "started_at": moment.started_at,
        "ended_at": moment.ended_at,
        "end_reason": moment.end_reason,
        "categories": sorted(moment.categories),
    }
    _write(work, moment.id, {"$set": shown}, upsert=True)


def active(work: Work, moment: str, at: datetime) -> None:
    """The resident did something in the moment then (R236, D26)."""
    _write(work, moment, {"$max": {"last_active_at": at}})


def raise_flag(work: Work, moment: str, flag: str, flag_type: str, count: int) -> None:
    """A practitioner's flag stands on the moment, for so many events (R215, R218)."""
    lower_flag(work, moment, flag)
    standing = {"id": flag, "flag_type": flag_type, "count": count}
    _write(work, moment, {"$push": {"flags": standing}})


def lower_flag(work: Work, moment: str, flag: str) -> None:
    """The flag is taken care of (R216)."""
    _write(work, moment, {"$pull": {"flags": {"id": flag}}})


def rename(work: Work, resident: str) -> None:
    """The resident's name may be another from now on: what shows it is read again."""
    where = {"tenant": work.tenant, "resident": resident}
    work.changes.write(COLLECTION, UpdateMany(where, _touched({})))


def leave(work: Work, unit: str) -> None:
    """Something of the unit is being purged: nobody goes on with what they remember of it."""
    of_unit = {"tenant": work.tenant, "unit": unit}
    work.changes.write(
        COLLECTION,
        UpdateOne({"_id": work.id_of(f"unit:{unit}")}, _touched({"$set": of_unit}), upsert=True),
    )


async def changed(work: Work, unit: str, since: datetime | None) -> tuple[Sequence[Standing], int]:
    """What has changed at a unit since then, or all there is; and how often something has left."""
    where: Document = {"tenant": work.tenant, "unit": unit}
    if since is not None:
        where["changed_at"] = {"$gt": since}
    documents = await work.room.database[COLLECTION].find(where, batch_size=10_000).to_list(None)
    left = next((document["revision"] for document in documents if "moment" not in document), 0)
    return [_standing(document) for document in documents if "moment" in document], left


async def standings_of(work: Work, moments: Iterable[str]) -> Mapping[str, Standing]:
    """How these moments stand, by id."""
    documents = await work.room.reads(COLLECTION).by_ids(work.ids_of(moments))
    return {document["moment"]: _standing(document) for document in documents}


def _write(work: Work, moment: str, change: Document, *, upsert: bool = False) -> None:
    # Only the moment's own save makes a document: what comes after a purge finds none and leaves none.
    work.changes.write(COLLECTION, UpdateOne({"_id": work.id_of(moment)}, _touched(change), upsert=upsert))


def _touched(change: Document) -> Document:
    return {**change, "$inc": {"revision": 1}, "$currentDate": {"changed_at": True}}


def _standing(document: Document) -> Standing:
    return Standing(
        id=document["moment"],
        revision=document["revision"],
        version=document.get("version", 0),
        unit=document["unit"],
        resident=document["resident"],
        program=document["program"],
        program_version=document["program_version"],
        practitioner=document["practitioner"],
        state=document["state"],
        is_ended=document["is_ended"],
        started_at=document["started_at"],
        ended_at=document["ended_at"],
        end_reason=document["end_reason"],
        categories=frozenset(document.get("categories", ())),
        last_active_at=document.get("last_active_at"),
        flags=_flags(document.get("flags", ())),
    )


def _flags(rows: Iterable[Mapping[str, Any]]) -> Sequence[FlagCount]:
    counted: dict[str, int] = {}
    for row in rows:
        counted[row["flag_type"]] = counted.get(row["flag_type"], 0) + row["count"]
    return tuple(FlagCount(kind, count) for kind, count in sorted(counted.items()))
