"""Moments as documents, as far as flags know them."""

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.flags.domain.kinds import FlagType
from services.flags.domain.moment import Moment


class Moments(Repository[Moment]):
    collection = "moments"
    noun = "moment"

    def to_document(self, aggregate: Moment, sealer: Sealer | None) -> Document:
        return {
            "moment": aggregate.id,
            "resident": aggregate.resident,
            "unit": aggregate.unit,
            "practitioner": aggregate.practitioner,
            "ended_at": aggregate.ended_at,
            "raised": {kind.value: ordinal for kind, ordinal in aggregate.raised.items()},
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Moment:
        return Moment(
            id=document["moment"],
            resident=document["resident"],
            unit=document["unit"],
            practitioner=document["practitioner"],
            ended_at=document["ended_at"],
            raised={FlagType(kind): ordinal for kind, ordinal in document["raised"].items()},
            version=document["version"],
            position=document["position"],
        )

    async def any_of_resident(self, resident: str, *, besides: str) -> bool:
        """Whether another moment of the resident is held here."""
        where = {"tenant": self._work.tenant, "resident": resident, "moment": {"$ne": besides}}
        return await self._work.room.database[self.collection].find_one(where, {"_id": 1}) is not None
