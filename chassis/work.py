"""A unit of work: for one tenant and one actor, what is read, what is saved and what is said, committed together.

Nothing can be saved without its events and nothing can be said outside a unit of work, because no other way exists.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from chassis.changes import Changes
from chassis.clock import Clock
from chassis.keys import Keys
from chassis.mongo import Client, Database, Document
from chassis.outbox import Speaker, next_position
from chassis.pseudonym import Pseudonyms
from chassis.reading import Reads
from chassis.tenancy import Tenant, Tenants
from contracts.message import Message
from contracts.retention import AccessRecorded

Whose = tuple[str | None, str | None]
"""A resident and a moment by id, as far as known."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a member of staff at a unit, a resident, or the service itself."""

    kind: str
    id: str
    unit: str | None = None


@dataclass(frozen=True)
class Room:
    """What every unit of work of a process stands in: database, keys, clock, tenants and voice of one service."""

    service: str
    client: Client
    database: Database
    keyring: Keys
    clock: Clock
    tenants: Tenants
    pseudonyms: Pseudonyms
    speaker: Speaker = field(init=False)
    _reads: dict[str, Reads] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "speaker", Speaker(self.service))

    def reads(self, collection: str) -> Reads:
        """How documents of a collection are read by id: together with what others of the process read."""
        found = self._reads.get(collection)
        if found is None:
            found = self._reads[collection] = Reads(self.database, collection)
        return found

    @property
    def system(self) -> Actor:
        """The service as an actor, for timers and reactions."""
        return Actor("system", self.service)


class Saves(Protocol):
    """A repository of a unit of work: hands over its writes when the work is done."""

    async def flush(self, changes: Changes) -> None: ...


class Work:
    """One unit of work. A service's own subclass adds its repositories as properties.

    `now` is fixed for the whole unit. `trace` is the traceparent of what caused it; what is said carries it on.
    """

    def __init__(self, room: Room, tenant: str, actor: Actor | None = None, trace: str | None = None) -> None:
        self.room = room
        self.tenant = tenant
        self.actor = actor or room.system
        self.trace = trace
        self.now: datetime = room.clock.now()
        self.changes = Changes()
        self._repositories: dict[str, Saves] = {}

    @property
    def region(self) -> Tenant:
        """The tenant's settings: time zone, batch time, limits, texts."""
        return self.room.tenants.by_slug(self.tenant)

    def repository(self, name: str, make: Any) -> Any:
        """The repository of that name, made once per unit of work so that each aggregate is loaded once."""
        if name not in self._repositories:
            self._repositories[name] = make(self)
        return self._repositories[name]

    def say(self, message: Message, *, about: str, after: int = 0) -> int:
        """Put a message in the outbox; `about` names the aggregate, `after` its last position. Returns the new one."""
        at_position = next_position(after)
        self.changes.outbox.append(
            self.room.speaker.document(
                message,
                tenant=self.tenant,
                aggregate=about,
                at_position=at_position,
                time=self.now,
                trace=self.trace,
            )
        )
        return at_position

    def audit(self, action: str, *, resident: str | None = None, moment: str | None = None) -> None:
        """Record that the actor did `action` with a resident's data; reads count (R333, R335)."""
        self.say(
            AccessRecorded(
                action=action,
                actor_kind=self.actor.kind,  # type: ignore[arg-type]
                actor_id=self.actor.id,
                unit_id=self.actor.unit,
                resident_id=resident,
                moment_id=moment,
                at=self.now,
            ),
            about=self.actor.id,
        )

    def audit_list(self, action: str, whose: Iterable[Whose], *, asked_of: Whose = (None, None)) -> None:
        """Record that a list was shown, once for each whose data stand in it; one without any is an access too."""
        for resident, moment in dict.fromkeys(whose) or (asked_of,):
            self.audit(action, resident=resident, moment=moment)

    def insert(self, collection: str, document: Document) -> None:
        """Insert a document that is no aggregate; a second one with its id makes the commit raise DuplicateKeyError."""
        self.changes.insert(collection, document)

    async def finish(self) -> Changes:
        """Everything this unit wants written; called once, by whoever opened it."""
        for repository in self._repositories.values():
            await repository.flush(self.changes)
        return self.changes

    def id_of(self, identity: str) -> str:
        """A document's `_id`: begins with the tenant, so that no other tenant's document can be named."""
        return f"{self.tenant}|{identity}"

    def ids_of(self, identities: Iterable[str]) -> list[str]:
        """`id_of` for many."""
        return [self.id_of(identity) for identity in identities]
