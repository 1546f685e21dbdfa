"""Categories on disk: one document for each unit that has any."""

from typing import ClassVar

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.moments.units.domain.categories import Categories, Category


class CategoriesOfUnits(Repository[Categories]):
    collection: ClassVar[str] = "categories"
    noun: ClassVar[str] = "list of categories"

    def to_document(self, aggregate: Categories, sealer: Sealer | None) -> Document:
        every = [{"id": category.id, "name": category.name} for category in aggregate.every]
        return {"unit": aggregate.id, "every": every}

    def from_document(self, document: Document, sealer: Sealer | None) -> Categories:
        return Categories(
            document["unit"],
            [Category(row["id"], row["name"]) for row in document["every"]],
            version=document["version"],
            position=document["position"],
        )

    async def of_unit(self, unit: str) -> Categories:
        """The unit's own, none if it has made none."""
        return await self.find(unit) or Categories(unit)
