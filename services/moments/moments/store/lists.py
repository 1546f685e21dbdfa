"""Which moments a resident has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.mongo import Document
from chassis.work import Work


@dataclass(frozen=True, slots=True)
class Row:
    """What a list needs of a moment; nothing in it is sealed."""

    id: str
    resident: str
    program: str
    program_version: str
    practitioner: str
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None


_FIELDS = dict.fromkeys(
    (
        "moment",
        "resident",
        "program",
        "program_version",
        "practitioner",
        "started_at",
        "ended_at",
        "end_reason",
    ),
    1,
)


async def ongoing_of_resident(work: Work, resident: str) -> Sequence[Row]:
    """A resident's moments that have not ended, newest first (R57, R58)."""
    where = {"tenant": work.tenant, "resident": resident, "is_ended": False}
    cursor = work.room.database["moments"].find(where, _FIELDS).sort([("started_at", -1), ("_id", 1)])
    return [_row(document) for document in await cursor.to_list(None)]


async def has_same_ongoing(work: Work, *, resident: str, unit: str, program: str) -> bool:
    """Whether the program runs for the resident at the unit already (D30)."""
    found = await work.room.database["moments"].find_one(
        {
            "tenant": work.tenant,
            "resident": resident,
            "is_ended": False,
            "unit": unit,
            "program": program,
        },
        {"_id": 1},
    )
    return found is not None


async def has_others(work: Work, *, resident: str, than: str) -> bool:
    """Whether moments of the resident are held other than this one, ended ones too."""
    found = await work.room.database["moments"].find_one(
        {"tenant": work.tenant, "resident": resident, "moment": {"$ne": than}}, {"_id": 1}
    )
    return found is not None


def _row(document: Document) -> Row:
    return Row(
        id=document["moment"],
        resident=document["resident"],
        program=document["program"],
        program_version=document["program_version"],
        practitioner=document["practitioner"],
        started_at=document["started_at"],
        ended_at=document["ended_at"],
        end_reason=document["end_reason"],
    )
