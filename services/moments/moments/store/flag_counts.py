"""Flags that stand on moments, as flags last said: what the lists show beside a name (R215, R218)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pymongo import DeleteOne, UpdateOne

from chassis.work import Work
from contracts.flags import FlagHandled, FlagRaised

COLLECTION = "flags"


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many events of one type wait on a moment."""

    flag_type: str
    count: int


def raised(work: Work, flag: FlagRaised) -> None:
    """Remember that the flag stands, with its count of events so far."""
    document = {
        "tenant": work.tenant,
        "moment": flag.moment_id,
        "flag_type": flag.flag_type,
        "audience": flag.audience,
        "count": flag.count,
    }
    work.changes.write(
        COLLECTION, UpdateOne({"_id": work.id_of(flag.flag_id)}, {"$set": document}, upsert=True)
    )


def handled(work: Work, flag: FlagHandled) -> None:
    """Forget a flag that is taken care of (R216)."""
    work.changes.write(COLLECTION, DeleteOne({"_id": work.id_of(flag.flag_id)}))


async def flags_of(work: Work, moments: Iterable[str]) -> Mapping[str, list[FlagCount]]:
    """The practitioner's flags by moment, one entry per type."""
    cursor = work.room.database[COLLECTION].find(
        {"tenant": work.tenant, "moment": {"$in": list(moments)}, "audience": "practitioner"}
    )
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for document in await cursor.to_list(None):
        counted[document["moment"]][document["flag_type"]] += document["count"]
    return {
        moment: [FlagCount(kind, count) for kind, count in sorted(types.items())]
        for moment, types in counted.items()
    }
