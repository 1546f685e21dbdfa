"""Offers on disk: what each unit may start of which program."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import TypeAdapter

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.moments.programs.domain.offer import Offer, offer_id
from services.moments.programs.domain.target import TargetGroup

_GROUP = TypeAdapter(TargetGroup)


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
            "is_open": aggregate.active and aggregate.open_to is not None,
            "open_to": None
            if aggregate.open_to is None
            else _GROUP.dump_python(aggregate.open_to, mode="json"),
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Offer:
        group = document["open_to"]
        return Offer(
            id=offer_id(document["unit"], document["program"]),
            unit=document["unit"],
            program=document["program"],
            release=document["release"],
            active=document["active"],
            changed_by=document["changed_by"],
            changed_at=document["changed_at"],
            open_to=None if group is None else _GROUP.validate_python(group),
            version=document["version"],
            position=document["position"],
        )

    async def open_ones(self) -> Sequence[Offer]:
        """Everything residents of the region can start alone, if they are in its target group (R25)."""
        return await self.query({"is_open": True}, sort=[("_id", 1)])
