"""The catalogue: versions of programs as lists show them, without their modules."""

from collections.abc import Collection
from dataclasses import dataclass

from chassis.http.paging import After
from chassis.mongo import Document
from chassis.work import Work


@dataclass(frozen=True, slots=True)
class Entry:
    """A version of a program in a list."""

    program_id: str
    version: str
    name: str
    kind: str
    summary: str
    recommended_days: int
    messaging: bool
    state: str
    is_active_here: bool

    @property
    def release(self) -> str:
        return f"{self.program_id}@{self.version}"


async def active_at(work: Work, unit: str) -> set[str]:
    """The releases that the unit offers now."""
    cursor = work.room.database["offers"].find(
        {"tenant": work.tenant, "unit": unit, "active": True}, {"release": 1}
    )
    return {document["release"] for document in await cursor.to_list(None)}


async def entries(
    work: Work,
    *,
    active: Collection[str],
    states: Collection[str] | None,
    only_active: bool,
    after: After | None,
    limit: int,
) -> list[Entry]:
    """A page by id: of the given states, or of what the unit offers; one entry more says that there is another page."""
    where: Document = {"tenant": work.tenant}
    identity: Document = {}
    if only_active:
        identity["$in"] = work.ids_of(active)
    if after is not None:
        identity["$gt"] = work.id_of(after.id)
    if identity:
        where["_id"] = identity
    if states is not None:
        where["state"] = {"$in": list(states)}
    cursor = work.room.database["releases"].find(where, {"content.modules": 0}).sort("_id", 1)
    return [_entry(document, active) for document in await cursor.limit(limit + 1).to_list(None)]


async def has_program(work: Work, program: str) -> bool:
    """Whether any version of the program has been uploaded."""
    found = await work.room.database["releases"].find_one(
        {"tenant": work.tenant, "program": program}, {"_id": 1}
    )
    return found is not None


def _entry(document: Document, active: Collection[str]) -> Entry:
    content = document["content"]
    release = f"{document['program']}@{document['program_version']}"
    return Entry(
        program_id=document["program"],
        version=document["program_version"],
        name=content["name"],
        kind=content["kind"],
        summary=content["summary"],
        recommended_days=content["recommended_days"],
        messaging=content["messaging"],
        state=document["state"],
        is_active_here=release in active,
    )
