"""A small service for tests of the chassis: counters that count what they are told, and say so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord
from pymongo import UpdateOne

from chassis.mongo import Document
from chassis.reactions import Heard, Reactions
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.testing import a_record
from chassis.work import Room, Work
from contracts.flags import FlagHandled
from contracts.message import Message
from contracts.moments import ModuleStarted

SERVICE = "flags"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Counter:
    """Counts; each step is an event. Its note is sealed with the key of `subject`."""

    id: str
    steps: list[str] = field(default_factory=list)
    note: str = ""
    subject: str | None = None
    version: int = 0
    position: int = 0
    events: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        self.steps.append(name)
        self.events.append(name)


class Counters(Repository[Counter]):
    collection = "counters"
    noun = "counter"

    def key_subject(self, aggregate: Counter) -> str | None:
        return aggregate.subject

    def to_document(self, aggregate: Counter, sealer: Sealer | None) -> Document:
        note = sealer.seal("note", aggregate.note) if sealer is not None else None
        return {"counter": aggregate.id, "steps": aggregate.steps, "note": note}

    def from_document(self, document: Document, sealer: Sealer | None) -> Counter:
        return Counter(
            id=document["counter"],
            steps=list(document["steps"]),
            note=sealer.unseal_text("note", document["note"]) if sealer is not None else "",
            subject=document["subject"],
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: Counter, event: str) -> Iterable[Message]:
        yield handled(aggregate.id, len(aggregate.steps))


class Counting(Work):
    """The unit of work of the counting service."""

    @property
    def counters(self) -> Counters:
        found: Counters = self.repository("counters", Counters)
        return found


def handled(moment: str, number: int = 0) -> FlagHandled:
    """What the counting service says."""
    return FlagHandled(
        flag_id=f"f-{number}", moment_id=moment, flag_type="manual", by="flags", handled_at=LONG_AGO
    )


def started(moment: str, module: str = "m0") -> ModuleStarted:
    """What the counting service hears."""
    return ModuleStarted(moment_id=moment, module=module, at=LONG_AGO, by="moments")


def records(tenant: str, *messages: Message, first: int = 0) -> list[ConsumerRecord]:
    """Messages at successive offsets of one partition."""
    return [a_record(message, tenant=tenant, offset=offset) for offset, message in enumerate(messages, first)]


def counting() -> Reactions:
    """Each module started is one step of the moment's counter and one entry of its diary."""
    reactions = Reactions()

    @reactions.on(ModuleStarted)
    async def count_on_module_started(heard: Heard[ModuleStarted], work: Counting) -> None:
        await count(heard.data.moment_id, heard.data.module, work)

    return reactions


async def count(moment: str, step: str, work: Counting) -> None:
    """One step more, in the order in which they come."""
    counter = await work.counters.find(moment) or Counter(moment)
    counter.step(step)
    await work.counters.save(counter)
    entry = {"$push": {"entries": step}, "$set": {"tenant": work.tenant, "key": moment}}
    work.changes.write("diary", UpdateOne({"_id": work.id_of(moment)}, entry, upsert=True))


async def steps_of(room: Room, tenant: str, moment: str) -> list[str]:
    """What the counter has counted."""
    document: Any = await room.database["counters"].find_one({"_id": f"{tenant}|{moment}"})
    return [] if document is None else list(document["steps"])
