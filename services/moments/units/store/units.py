"""Units on disk, and what is said when one is activated or a role given.

Roles are projected for admission in the same write, so a role works here as soon as it is given.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from chassis import grants
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from contracts.access import Role
from contracts.message import Message
from contracts.moments import RolesGranted, UnitActivated
from services.moments.units.domain.unit import Activated, Granted, Person, Unit


class Units(Repository[Unit]):
    collection: ClassVar[str] = "units"
    noun: ClassVar[str] = "active unit"

    def to_document(self, aggregate: Unit, sealer: Sealer | None) -> Document:
        people = [
            {"hsa_id": person.hsa_id, "name": person.name, "roles": sorted(person.roles)}
            for person in aggregate.people.values()
        ]
        return {
            "unit": aggregate.id,
            "name": aggregate.name,
            "organisation": aggregate.organisation,
            "people": people,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Unit:
        people = {
            row["hsa_id"]: Person(row["hsa_id"], row["name"], frozenset(row["roles"]))
            for row in document["people"]
        }
        return Unit(
            id=document["unit"],
            name=document["name"],
            organisation=document["organisation"],
            people=people,
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: Unit, event: Any) -> Iterable[Message]:
        match event:
            case Activated():
                yield UnitActivated(unit_id=aggregate.id, at=event.at, by=event.by)
            case Granted():
                grants.project(self._work, aggregate.id, event.person, event.roles)
                roles = sorted(Role(role) for role in event.roles)
                yield RolesGranted(
                    unit_id=aggregate.id, person_id=event.person, roles=roles, at=event.at, by=event.by
                )
