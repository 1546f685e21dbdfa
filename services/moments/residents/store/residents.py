"""Residents on disk: name and number sealed with the resident's own key."""

from typing import ClassVar

from pymongo import UpdateOne

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.work import Work
from services.moments.lists.store import standings
from services.moments.residents.domain.resident import Resident, ResidentLeavingError


class Residents(Repository[Resident]):
    collection: ClassVar[str] = "residents"
    noun: ClassVar[str] = "resident"

    def key_subject(self, aggregate: Resident) -> str:
        return aggregate.id

    def to_document(self, aggregate: Resident, sealer: Sealer | None) -> Document:
        assert sealer is not None
        standings.rename(self._work, aggregate.id)
        return {
            "resident": aggregate.id,
            "number": sealer.seal("number", aggregate.number),
            "surname": sealer.seal("surname", aggregate.surname),
            "given_name": sealer.seal("given_name", aggregate.given_name),
            "is_protected": aggregate.is_protected,
            "first_login_at": aggregate.first_login_at,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Resident:
        if sealer is None or document.get("is_leaving"):
            raise ResidentLeavingError(document["resident"])
        return Resident(
            id=document["resident"],
            number=sealer.unseal_text("number", document["number"]),
            surname=sealer.unseal_text("surname", document["surname"]),
            given_name=sealer.unseal_text("given_name", document["given_name"]),
            is_protected=document["is_protected"],
            first_login_at=document["first_login_at"],
            version=document["version"],
            position=document["position"],
        )


async def touch(work: Work, resident: str) -> None:
    """Let this unit of work be refused if another one about the same resident is committed first."""
    residents = work.room.database[Residents.collection]
    found = await residents.find_one({"_id": work.id_of(resident)}, {"version": 1})
    if found is not None:
        held = {"_id": found["_id"], "version": found["version"]}
        work.changes.exactly_one(Residents.collection, UpdateOne(held, {"$inc": {"version": 1}}))


async def begin_leaving(work: Work, resident: str) -> bool:
    """Refuse new moments from now on, in the database at once; False if the resident has left already.

    The key is destroyed before the purge is committed: a moment that started in between would be unreadable.
    """
    found = await work.room.database[Residents.collection].update_one(
        {"_id": work.id_of(resident)}, {"$set": {"is_leaving": True}, "$inc": {"version": 1}}
    )
    return found.matched_count == 1


async def stay(work: Work, resident: str) -> None:
    """Take `begin_leaving` back: a moment was started just before it."""
    await work.room.database[Residents.collection].update_one(
        {"_id": work.id_of(resident)}, {"$unset": {"is_leaving": 1}, "$inc": {"version": 1}}
    )
