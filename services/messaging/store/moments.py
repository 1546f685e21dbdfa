"""Moments as documents: ids, switches and times only, nothing sealed."""

from collections.abc import Sequence

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.messaging.domain.moment import Moment


class Moments(Repository[Moment]):
    collection = "moments"
    noun = "moment"

    def to_document(self, aggregate: Moment, sealer: Sealer | None) -> Document:
        return {
            "moment": aggregate.id,
            "resident": aggregate.resident,
            "unit": aggregate.unit,
            "messaging": aggregate.messaging,
            "practitioner": aggregate.practitioner,
            "ended_at": aggregate.ended_at,
            "readable_until": aggregate.readable_until,
            "conversations": aggregate.conversations,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Moment:
        return Moment(
            id=document["moment"],
            resident=document["resident"],
            unit=document["unit"],
            messaging=document["messaging"],
            practitioner=document["practitioner"],
            ended_at=document["ended_at"],
            readable_until=document["readable_until"],
            conversations=document["conversations"],
            version=document["version"],
            position=document["position"],
        )

    async def of_practitioner(self, unit: str, practitioner: str) -> Sequence[Moment]:
        """The moments of the unit that this person is responsible for now (R156)."""
        return await self.query({"unit": unit, "practitioner": practitioner})

    async def any_of_resident(self, resident: str, *, besides: str) -> bool:
        """Whether another moment of the resident is held here."""
        where = {"tenant": self._work.tenant, "resident": resident, "moment": {"$ne": besides}}
        return await self._work.room.database[self.collection].find_one(where, {"_id": 1}) is not None
