"""The catalogue: versions of programs as lists show them, without their content (R13, R35)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.http.paging import After
from chassis.mongo import Document
from chassis.work import Work
from services.moments.programs.domain.program import SharedWith
from services.moments.programs.domain.release import ReleaseState
from services.moments.units.domain.unit import care_giver_of


class Tab(StrEnum):
    """The tabs of the care giver administrator's list, seen from one unit (R35)."""

    ALL = "all"
    AVAILABLE = "available"
    ACTIVE = "active"
    UNPUBLISHED = "unpublished"


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
    is_open: bool
    state: str
    owner_unit: str
    from_region: str | None
    published_at: datetime | None
    is_active_here: bool
    is_open_here: bool

    @property
    def release(self) -> str:
        return f"{self.program_id}@{self.version}"


_FIELDS = dict.fromkeys(
    (
        *("program", "program_version", "state", "owner_unit", "from_region", "published_at", "is_open"),
        *(f"content.{name}" for name in ("name", "kind", "summary", "recommended_days", "messaging")),
    ),
    1,
)


async def entries(
    work: Work, tab: Tab, *, unit: str, in_practice: bool, after: After | None, limit: int
) -> list[Entry]:
    """A page of a tab by id; one entry more says that there is another page.

    `active` is what the unit offers and may start, `available` what could be activated on it besides; `in_practice`: it
    is the training publishing unit.
    """
    offered = await _offered_at(work, unit)
    active = set(offered)
    # The range holds the tenant's own ids: `|` and the sign after it.
    identity: Document = {"$gt": work.id_of(after.id if after is not None else ""), "$lt": f"{work.tenant}}}"}
    where: Document = {"tenant": work.tenant, "_id": identity}
    match tab:
        case Tab.ALL:
            pass
        case Tab.UNPUBLISHED:
            where["state"] = ReleaseState.UNPUBLISHED.value
        case Tab.ACTIVE:
            identity["$in"] = work.ids_of(active)
            where |= _startable_at(unit, in_practice=in_practice)
        case Tab.AVAILABLE:
            identity["$nin"] = work.ids_of(active)
            where |= _startable_at(unit, in_practice=in_practice)
    cursor = work.room.database["releases"].find(where, _FIELDS).sort("_id", 1)
    return [_entry(document, offered) for document in await cursor.limit(limit + 1).to_list(None)]


async def has_program(work: Work, program: str) -> bool:
    """Whether any version of the program has been uploaded."""
    found = await work.room.database["releases"].find_one(
        {"tenant": work.tenant, "program": program}, {"_id": 1}
    )
    return found is not None


async def _offered_at(work: Work, unit: str) -> dict[str, bool]:
    """The releases that the unit offers now, and whether residents start them alone there."""
    cursor = work.room.database["offers"].find(
        {"tenant": work.tenant, "unit": unit, "active": True}, {"release": 1, "is_open": 1}
    )
    return {document["release"]: document["is_open"] for document in await cursor.to_list(None)}


def _startable_at(unit: str, *, in_practice: bool) -> Document:
    """What `Release.must_be_for` asks, of many at once."""
    if in_practice:
        return {"state": {"$in": [ReleaseState.PUBLISHED.value, ReleaseState.PRACTICE.value]}}
    return {"state": ReleaseState.PUBLISHED.value, "$and": [_approved(unit), _shared(unit)]}


def _approved(unit: str) -> Document:
    return {"$or": [{"approved_for": None}, {"approved_for": care_giver_of(unit)}]}


def _shared(unit: str) -> Document:
    return {
        "$or": [
            {"content.shared_with": {"$in": [SharedWith.REGION.value, SharedWith.REGIONS.value]}},
            {"content.shared_with": SharedWith.CARE_GIVER.value, "owner_care_giver": care_giver_of(unit)},
            {"owner_unit": unit},
        ]
    }


def _entry(document: Document, offered: Mapping[str, bool]) -> Entry:
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
        is_open=document["is_open"],
        state=document["state"],
        owner_unit=document["owner_unit"],
        from_region=document.get("from_region"),
        published_at=document["published_at"],
        is_active_here=release in offered,
        is_open_here=offered.get(release, False),
    )
