"""Staff's choices on disk: switches and codes under an HSA-id, nothing to seal."""

from typing import Any

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.notifications.domain.staff import StaffChoices


class StaffChoicesStore(Repository[StaffChoices]):
    collection = "staff_choices"
    noun = "member of staff"

    def to_document(self, aggregate: StaffChoices, sealer: Sealer | None) -> dict[str, Any]:
        return {
            "person": aggregate.id,
            "email": aggregate.email,
            "sms": aggregate.sms,
            "flag_types": sorted(aggregate.flag_types),
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> StaffChoices:
        return StaffChoices(
            id=document["person"],
            email=document["email"],
            sms=document["sms"],
            flag_types=frozenset(document["flag_types"]),
            version=document["version"],
            position=document["position"],
        )
