"""Contact choices on disk: switches in the open, numbers and addresses sealed under the resident's key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.mongo import Database, Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from contracts.message import Message
from contracts.notifications import ContactChoicesMade
from services.notifications.domain.contact import ChannelChoice, ChoicesMade, ContactChoices

COLLECTION = "contacts"
# The field a channel's address is sealed as; whoever copies the sealed value unseals it as the same field.
SEALED_AS: Mapping[str, str] = {"sms": "number", "email": "address"}
_CHANNELS = {"subject": 1, **dict.fromkeys(SEALED_AS, 1)}


class Contacts(Repository[ContactChoices]):
    collection = COLLECTION
    noun = "resident"

    def key_subject(self, aggregate: ContactChoices) -> str:
        return aggregate.id

    def to_document(self, aggregate: ContactChoices, sealer: Sealer | None) -> Document:
        assert sealer is not None
        channels = {"sms": aggregate.sms, "email": aggregate.email}
        return {
            name: {"on": choice.on, "to": sealer.seal(SEALED_AS[name], choice.to) if choice.to else None}
            for name, choice in channels.items()
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> ContactChoices:
        def opened(name: str) -> ChannelChoice:
            found = document[name]
            if sealer is None or found["to"] is None:
                return ChannelChoice(False, None)
            return ChannelChoice(found["on"], sealer.unseal_text(SEALED_AS[name], found["to"]))

        return ContactChoices(
            id=document["subject"],
            sms=opened("sms"),
            email=opened("email"),
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: ContactChoices, event: Any) -> Iterable[Message]:
        match event:
            case ChoicesMade(resident_id, sms, email, at):
                yield ContactChoicesMade(resident_id=resident_id, sms=sms, email=email, at=at)


@dataclass(frozen=True, slots=True)
class Reachable:
    """A channel that is on, and its address as it lies sealed: it is opened only to be called."""

    channel: str
    to: bytes


async def reachable(
    database: Database, tenant: str, residents: Iterable[str]
) -> Mapping[str, Sequence[Reachable]]:
    """The active channels of each resident that has any, in one query and without opening a seal."""
    ids = [f"{tenant}|{resident}" for resident in dict.fromkeys(residents)]
    if not ids:
        return {}
    wanted = database[COLLECTION].find({"_id": {"$in": ids}}, _CHANNELS, batch_size=len(ids) + 1)
    documents = await wanted.to_list(None)
    found = {
        document["subject"]: [
            Reachable(name, document[name]["to"])
            for name in SEALED_AS
            if document[name]["on"] and document[name]["to"] is not None
        ]
        for document in documents
    }
    return {resident: channels for resident, channels in found.items() if channels}


async def switches(database: Database, tenant: str, resident: str) -> Mapping[str, bool]:
    """Which channels are on, for staff: never where to (R194)."""
    fields = {f"{name}.on": 1 for name in SEALED_AS}
    document = await database[COLLECTION].find_one({"_id": f"{tenant}|{resident}"}, fields)
    return {name: bool(document and document[name]["on"]) for name in SEALED_AS}
