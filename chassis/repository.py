"""Repositories: load aggregates, keep one of each per unit of work, and save them with their events in one write.

An aggregate that was changed by somebody else since it was read is refused at commit (SavedFirstError), so a lost
update is impossible. Personal data is sealed here, on the way in, and unsealed here, on the way out.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from chassis.changes import Changes
from chassis.errors import NotFoundError
from chassis.mongo import Document
from chassis.sealing import Sealer
from chassis.work import Work
from contracts.message import Message


class Aggregate(Protocol):
    """What is saved as one: `version` 0 is new; `position` is that of its last message; `events` wait to be said."""

    id: str
    version: int
    position: int
    events: list[Any]


A = TypeVar("A", bound=Aggregate)


class Repository(Generic[A]):
    """The aggregates of one collection within one unit of work. A store's subclass says how they look on disk."""

    collection: ClassVar[str]
    # What one aggregate is called in an error.
    noun: ClassVar[str] = "document"

    def __init__(self, work: Work) -> None:
        self._work = work
        self._loaded: dict[str, A | None] = {}
        self._dirty: dict[str, A] = {}

    # What a store says of its documents.

    def key_subject(self, aggregate: A) -> str | None:
        """Whose data key seals it: a resident id or a moment id; None if nothing in it is sealed."""
        return None

    def to_document(self, aggregate: A, sealer: Sealer | None) -> Document:
        """The document without `_id`, `tenant`, `version`, `position` and `subject`, which are added here."""
        raise NotImplementedError

    def from_document(self, document: Document, sealer: Sealer | None) -> A:
        """The aggregate with `version` and `position` set from the document. `sealer` is None if its key is gone."""
        raise NotImplementedError

    def messages(self, aggregate: A, event: Any) -> Iterable[Message]:
        """What is said outside of one event of the aggregate; nothing by default."""
        return ()

    # What use cases and handlers call.

    async def get(self, identity: str) -> A:
        """The aggregate, or NotFoundError; another tenant's does not exist."""
        found = await self.find(identity)
        if found is None:
            raise NotFoundError(f"There is no {self.noun} {identity} here.", id=identity)
        return found

    async def find(self, identity: str) -> A | None:
        """The aggregate or None."""
        if identity not in self._loaded:
            await self.load([identity])
        return self._loaded[identity]

    async def load(self, identities: Iterable[str]) -> None:
        """Read many in one query, so that `get` of each costs nothing; for handlers of a batch."""
        missing = [identity for identity in dict.fromkeys(identities) if identity not in self._loaded]
        if not missing:
            return
        documents = await self._work.room.reads(self.collection).by_ids(self._work.ids_of(missing))
        self._loaded.update(dict.fromkeys(missing))
        for aggregate in await self._opened(documents):
            self._loaded[aggregate.id] = aggregate

    async def save(self, aggregate: A) -> None:
        """Save it with its events when the unit of work is committed."""
        self._loaded[aggregate.id] = aggregate
        self._dirty[aggregate.id] = aggregate
        # Now and not at the end: in a batch each message says what follows from it in a trace of its own.
        self._say_events(aggregate)

    async def flush(self, changes: Changes) -> None:
        """Hand over documents and messages; called by the unit of work."""
        work = self._work
        for aggregate in self._dirty.values():
            subject = self.key_subject(aggregate)
            sealer = await work.room.keyring.ensure(work.tenant, subject) if subject is not None else None
            self._say_events(aggregate)
            document = {
                "_id": work.id_of(aggregate.id),
                "tenant": work.tenant,
                "version": aggregate.version + 1,
                "position": aggregate.position,
                "subject": subject,
                **self.to_document(aggregate, sealer),
            }
            changes.aggregates.add(f"{self.collection}|{document['_id']}")
            if aggregate.version == 0:
                changes.insert(self.collection, document)
            else:
                changes.replace(self.collection, document, version=aggregate.version)
            aggregate.version += 1
        self._dirty.clear()

    def _say_events(self, aggregate: A) -> None:
        for event in aggregate.events:
            for message in self.messages(aggregate, event):
                aggregate.position = self._work.say(message, about=aggregate.id, after=aggregate.position)
        aggregate.events.clear()

    async def query(
        self, where: Document, *, sort: Sequence[tuple[str, int]] = (), limit: int = 0, skip: int = 0
    ) -> list[A]:
        """The tenant's aggregates that match, for lists; not kept for saving."""
        cursor = self._work.room.database[self.collection].find({"tenant": self._work.tenant, **where})
        if sort:
            cursor = cursor.sort(list(sort))
        documents = await cursor.skip(skip).limit(limit).to_list(None)
        return await self._opened(documents)

    async def _opened(self, documents: Sequence[Document]) -> list[A]:
        subjects = {document["subject"] for document in documents} - {None}
        sealers = await self._work.room.keyring.load_many(self._work.tenant, subjects) if subjects else {}
        return [self.from_document(document, sealers.get(document["subject"])) for document in documents]
