"""Contact choices on disk: switches in the open; numbers, addresses and codes sealed under the resident's key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.mongo import Database, Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.work import Room
from contracts.message import Message
from contracts.notifications import ContactChoicesMade
from services.notifications.domain.contact import ChannelChoice, ChoicesMade, ContactChoices, Waiting

COLLECTION = "contacts"
# The field a channel's address is sealed as; whoever copies the sealed value unseals it as the same field.
SEALED_AS: Mapping[str, str] = {"sms": "number", "email": "address"}
CODE_SEALED_AS = "code"
_CHANNELS = {"subject": 1, **{f"{name}.{part}": 1 for name in SEALED_AS for part in ("on", "to")}}


class Contacts(Repository[ContactChoices]):
    collection = COLLECTION
    noun = "resident"

    def key_subject(self, aggregate: ContactChoices) -> str:
        return aggregate.id

    def to_document(self, aggregate: ContactChoices, sealer: Sealer | None) -> Document:
        assert sealer is not None
        channels = {name: _channel(name, aggregate.of(name), sealer) for name in SEALED_AS}
        return {**channels, "codes_at": list(aggregate.codes_at)}

    def from_document(self, document: Document, sealer: Sealer | None) -> ContactChoices:
        channels = {
            name: _opened(name, document[name], sealer) if sealer is not None else ChannelChoice()
            for name in SEALED_AS
        }
        return ContactChoices(
            id=document["subject"],
            sms=channels["sms"],
            email=channels["email"],
            codes_at=tuple(document.get("codes_at", ())),
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: ContactChoices, event: Any) -> Iterable[Message]:
        match event:
            case ChoicesMade(resident_id, sms, email, at):
                yield ContactChoicesMade(resident_id=resident_id, sms=sms, email=email, at=at)


def _channel(name: str, choice: ChannelChoice, sealer: Sealer) -> Document:
    document: Document = {
        "on": choice.on,
        "to": sealer.seal(SEALED_AS[name], choice.to) if choice.to is not None else None,
    }
    if choice.waiting is not None:
        document["waiting"] = {
            "to": sealer.seal(SEALED_AS[name], choice.waiting.to),
            "code": sealer.seal(CODE_SEALED_AS, choice.waiting.code),
            "until": choice.waiting.until,
            "wrong": choice.waiting.wrong,
        }
    return document


def _opened(name: str, document: Document, sealer: Sealer) -> ChannelChoice:
    to, waiting = document["to"], document.get("waiting")
    return ChannelChoice(
        on=document["on"],
        to=None if to is None else sealer.unseal_text(SEALED_AS[name], to),
        waiting=None
        if waiting is None
        else Waiting(
            to=sealer.unseal_text(SEALED_AS[name], waiting["to"]),
            code=sealer.unseal_text(CODE_SEALED_AS, waiting["code"]),
            until=waiting["until"],
            wrong=waiting["wrong"],
        ),
    )


@dataclass(frozen=True, slots=True)
class Reachable:
    """A channel that is on, and its confirmed address as it lies sealed: it is opened only to be called."""

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


async def present(room: Room, tenant: str, resident: str, channel: str) -> bytes | None:
    """The confirmed address of a channel as it lies sealed, None when it is off; asked for together with others."""
    for document in await room.reads(COLLECTION).by_ids([f"{tenant}|{resident}"]):
        choice = document[channel]
        return choice["to"] if choice["on"] else None
    return None


async def switches(database: Database, tenant: str, resident: str) -> Mapping[str, bool]:
    """Which channels are active, for staff: never where to (R194)."""
    active = {
        channel.channel for channel in (await reachable(database, tenant, [resident])).get(resident, ())
    }
    return {name: name in active for name in SEALED_AS}
