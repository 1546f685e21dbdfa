"""Banners on disk, and the ones that stand now."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from pymongo import DeleteOne

from chassis.http.paging import After
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.work import Work
from services.moments.units.domain.banner import Banner, Receivers

# What a banner of the region has for its unit; an HSA-id begins otherwise.
_REGION = "region"


class Banners(Repository[Banner]):
    collection: ClassVar[str] = "banners"
    noun: ClassVar[str] = "banner"

    def to_document(self, aggregate: Banner, sealer: Sealer | None) -> Document:
        return {
            "banner": aggregate.id,
            "unit": aggregate.unit or _REGION,
            "receivers": aggregate.receivers.value,
            "text": aggregate.text,
            "starts_at": aggregate.starts_at,
            "ends_at": aggregate.ends_at,
            "written_by": aggregate.written_by,
            "written_at": aggregate.written_at,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Banner:
        return Banner(
            id=document["banner"],
            unit=None if document["unit"] == _REGION else document["unit"],
            receivers=Receivers(document["receivers"]),
            text=document["text"],
            starts_at=document["starts_at"],
            ends_at=document["ends_at"],
            written_by=document["written_by"],
            written_at=document["written_at"],
            version=document["version"],
            position=document["position"],
        )

    async def standing(self, units: Collection[str], receivers: Receivers) -> Sequence[Banner]:
        """The banners these receivers see now at these units, the region's own too; latest start first (D38)."""
        now = self._work.now
        where = {
            "unit": {"$in": [*units, _REGION]},
            "receivers": receivers.value,
            "starts_at": {"$lte": now},
            "$or": [{"ends_at": None}, {"ends_at": {"$gt": now}}],
        }
        return await self.query(where, sort=[("starts_at", -1), ("_id", 1)])

    async def page(self, unit: str | None, *, after: After | None, limit: int) -> Sequence[Banner]:
        """All banners of a unit or of the region, past ones too, latest start first; one more: there is a next page."""
        where: Document = {"unit": unit or _REGION}
        if after is not None:
            where["$or"] = [
                {"starts_at": {"$lt": after.key}},
                {"starts_at": after.key, "_id": {"$gt": self._work.id_of(after.id)}},
            ]
        return await self.query(where, sort=[("starts_at", -1), ("_id", 1)], limit=limit + 1)

    def take_down(self, banner: Banner) -> None:
        """Remove it for good, unless somebody has changed it meanwhile."""
        self._work.changes.exactly_one(
            self.collection, DeleteOne({"_id": self._work.id_of(banner.id), "version": banner.version})
        )


async def units_of_resident(work: Work, resident: str) -> set[str]:
    """The units where the resident has a moment that has not ended (D38)."""
    cursor = work.room.database["moments"].find(
        {"tenant": work.tenant, "resident": resident, "is_ended": False}, {"unit": 1}
    )
    return {document["unit"] for document in await cursor.to_list(None)}
