"""Categories on disk: one document for each unit that has any."""

from typing import ClassVar

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.moments.units.domain.categories import Categories


class CategoriesOfUnits(Repository[Categories]):
    collection: ClassVar[str] = "categories"
    noun: ClassVar[str] = "list of categories"

    def to_document(self, aggregate: Categories, sealer: Sealer | None) -> Document:
        return {"unit": aggregate.id, "names": aggregate.names}

    def from_document(self, document: Document, sealer: Sealer | None) -> Categories:
        return Categories(
            document["unit"],
            document["names"],
            version=document["version"],
            position=document["position"],
        )
