"""Grants: who holds which roles at which unit, as this service has heard of it, for admission at its endpoints."""

from collections.abc import Iterable
from typing import Any

from pymongo import UpdateOne

from chassis.mongo import Database
from chassis.work import Work

COLLECTION = "grants"


def project(work: Work, unit: str, person: str, roles: Iterable[str]) -> None:
    """Remember that the person now holds exactly these roles at the unit."""
    document = {"tenant": work.tenant, "unit": unit, "person": person, "roles": sorted(roles)}
    work.changes.write(
        COLLECTION, UpdateOne({"_id": work.id_of(f"{unit}|{person}")}, {"$set": document}, upsert=True)
    )


class MongoGrants:
    """The grants a service has projected, as admission asks for them."""

    def __init__(self, database: Database) -> None:
        self._grants = database[COLLECTION]

    async def roles(self, tenant: str, unit: str, person: str) -> frozenset[Any]:
        """The roles of a person at a unit; none if nothing is known."""
        document = await self._grants.find_one({"_id": f"{tenant}|{unit}|{person}"}, {"roles": 1})
        return frozenset() if document is None else frozenset(document["roles"])
