"""Units on disk, and what is said when one is activated or a role given.

Roles are projected for admission in the same write, so a role works here as soon as it is given.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from chassis import grants
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from contracts.access import Role
from contracts.message import Message
from contracts.moments import RolesGranted, UnitActivated, UnitInactivated
from services.moments.units.domain.publishing import Purpose
from services.moments.units.domain.unit import Activated, Granted, Inactivated, Person, Unit


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
            "kind": aggregate.kind,
            "valid_until": None if aggregate.valid_until is None else aggregate.valid_until.isoformat(),
            "is_active": aggregate.is_active,
            "publishes": None if aggregate.publishes is None else aggregate.publishes.value,
            "people": people,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Unit:
        people = {
            row["hsa_id"]: Person(row["hsa_id"], row["name"], frozenset(row["roles"]))
            for row in document["people"]
        }
        until, publishes = document["valid_until"], document.get("publishes")
        return Unit(
            id=document["unit"],
            name=document["name"],
            organisation=document["organisation"],
            kind=document["kind"],
            valid_until=None if until is None else date.fromisoformat(until),
            is_active=document["is_active"],
            publishes=None if publishes is None else Purpose(publishes),
            people=people,
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: Unit, event: Any) -> Iterable[Message]:
        match event:
            case Activated():
                yield UnitActivated(unit_id=aggregate.id, at=event.at, by=event.by)
            case Inactivated():
                yield UnitInactivated(unit_id=aggregate.id, at=event.at, by=event.by)
            case Granted():
                grants.project(self._work, aggregate.id, event.person, event.roles)
                roles = sorted(Role(role) for role in event.roles)
                yield RolesGranted(
                    unit_id=aggregate.id, person_id=event.person, roles=roles, at=event.at, by=event.by
                )

    async def page(
        self, *, is_active: bool | None, words: str, after: str | None, limit: int
    ) -> Sequence[Unit]:
        """Units by HSA-id, of all states or one, with these words in name or id; one more: there is a next page."""
        where: Document = {"unit": {"$gt": after or ""}}
        if is_active is not None:
            where["is_active"] = is_active
        if words:
            written = {"$regex": re.escape(words), "$options": "i"}
            where["$or"] = [{"name": written}, {"unit": written}]
        return await self.query(where, sort=[("unit", 1)], limit=limit + 1)

    async def publishing(self) -> Sequence[Unit]:
        """The region's publishing units, two at most (R34)."""
        return await self.query({"publishes": {"$in": list(Purpose)}}, sort=[("publishes", 1)])

    async def has_moments(self, unit: str) -> bool:
        """Whether a moment at the unit has not ended."""
        running = {"tenant": self._work.tenant, "unit": unit, "is_ended": False}
        return await self._work.room.database["moments"].find_one(running, {"_id": 1}) is not None
