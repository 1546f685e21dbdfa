"""Which running moments of a unit are on which version of a program."""

from collections.abc import Sequence

from chassis.mongo import Document
from chassis.work import Work


async def running(
    work: Work, unit: str, program: str, versions: Sequence[str], *, limit: int
) -> Sequence[str]:
    """Some ids of running moments at the unit on these versions."""
    cursor = work.room.database["moments"].find(_where(work, unit, program, versions), {"moment": 1})
    return [document["moment"] for document in await cursor.limit(limit).to_list(None)]


async def count_running(work: Work, unit: str, program: str, versions: Sequence[str]) -> int:
    """How many there are."""
    return int(await work.room.database["moments"].count_documents(_where(work, unit, program, versions)))


def _where(work: Work, unit: str, program: str, versions: Sequence[str]) -> Document:
    return {
        "tenant": work.tenant,
        "unit": unit,
        "program": program,
        "is_ended": False,
        "program_version": {"$in": list(versions)},
    }
