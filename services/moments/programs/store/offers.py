"""Offers on disk: what each unit may start of which program."""

from typing import ClassVar

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.moments.programs.domain.offer import Offer, offer_id


class Offers(Repository[Offer]):
    collection: ClassVar[str] = "offers"
    noun: ClassVar[str] = "offer"

    def to_document(self, aggregate: Offer, sealer: Sealer | None) -> Document:
        return {
            "unit": aggregate.unit,
            "program": aggregate.program,
            "release": aggregate.release,
            "active": aggregate.active,
            "changed_by": aggregate.changed_by,
            "changed_at": aggregate.changed_at,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Offer:
        return Offer(
            id=offer_id(document["unit"], document["program"]),
            unit=document["unit"],
            program=document["program"],
            release=document["release"],
            active=document["active"],
            changed_by=document["changed_by"],
            changed_at=document["changed_at"],
            version=document["version"],
            position=document["position"],
        )
