"""Residents on disk: name and number sealed with the resident's own key."""

from typing import ClassVar

from chassis.keys import SubjectPurgedError
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.moments.residents.domain.resident import Resident


class Residents(Repository[Resident]):
    collection: ClassVar[str] = "residents"
    noun: ClassVar[str] = "resident"

    def key_subject(self, aggregate: Resident) -> str:
        return aggregate.id

    def to_document(self, aggregate: Resident, sealer: Sealer | None) -> Document:
        assert sealer is not None
        return {
            "resident": aggregate.id,
            "number": sealer.seal("number", aggregate.number),
            "surname": sealer.seal("surname", aggregate.surname),
            "given_name": sealer.seal("given_name", aggregate.given_name),
            "is_protected": aggregate.is_protected,
            "first_login_at": aggregate.first_login_at,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Resident:
        if sealer is None:
            raise SubjectPurgedError(document["resident"])
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
