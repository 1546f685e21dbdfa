"""What the intake of notices needs to know of a whole batch, read in a handful of queries and kept up while it goes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from pymongo import DeleteMany

from chassis.changes import Changes
from chassis.erasure import unless_erased
from chassis.mongo import Database, Document
from chassis.work import Work
from services.notifications.domain.notices import Asked
from services.notifications.domain.windows import Gone
from services.notifications.store import contacts, endings, inboxes, reads
from services.notifications.store.held import HeldSms
from services.notifications.store.sendings import Sending

COLLECTION = "notices"


class Intake:
    """Notices, choices, read marks and purged moments that a batch of commands touches."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._contents: dict[str, str] = {}
        self._reachable: dict[str, Sequence[contacts.Reachable]] = {}
        self._numbers: dict[str, bytes] = {}
        self._read_at: dict[str, datetime] = {}
        self._purged: set[str] = set()
        self._ended: set[str] = set()
        self._unless_purged: set[str] = set()
        self.windows: set[date] = set()
        self.gone: Gone | None = None
        self.held: dict[str, HeldSms] = {}
        self.held_before: dict[str, Sending] = {}

    async def look_up(
        self,
        notices: Iterable[str],
        moments: Iterable[str],
        direct: Iterable[str],
        conversations: Iterable[str],
        entered: Iterable[str] = (),
    ) -> None:
        """Read once for all of them."""
        database, tenant = self._work.room.database, self._work.tenant
        wanted = {"_id": {"$in": self._work.ids_of(notices)}}
        for document in await database[COLLECTION].find(wanted, {"notice": 1, "content": 1}).to_list(None):
            self._contents[document["notice"]] = document["content"]
        about = set(moments)
        self._purged |= await self._work.room.keyring.is_destroyed_many(tenant, about)
        self._ended |= await endings.among(database, tenant, about)
        self._reachable.update(await contacts.reachable(database, tenant, direct))
        self._numbers.update(await inboxes.numbers(database, tenant, entered))
        self._read_at.update(await reads.read_at(database, tenant, conversations))

    def content_of(self, notice: str) -> str | None:
        """What the notice was first asked with, if it was."""
        return self._contents.get(notice)

    def is_purged(self, moment: str) -> bool:
        return moment in self._purged

    def unless_purged(self, moment: str) -> None:
        """Let nothing be written behind the moment's purge: if that comes first, the unit of work is done again."""
        if moment not in self._unless_purged:
            self._unless_purged.add(moment)
            unless_erased(self._work, moment)

    def is_ended(self, moment: str) -> bool:
        return moment in self._ended

    def is_read(self, conversation: str | None, asked_at: datetime) -> bool:
        """Whether the resident has read the conversation after this was asked for."""
        return (
            conversation is not None and (at := self._read_at.get(conversation)) is not None and at > asked_at
        )

    def reachable(self, resident: str) -> Sequence[contacts.Reachable]:
        return self._reachable.get(resident, ())

    def number_of(self, resident: str) -> bytes | None:
        """By what the resident's inbox at 1177 is reached, sealed; None for who has none."""
        return self._numbers.get(resident)

    def record(self, asked: Asked, window: date | None, held: str | None = None) -> None:
        """Keep what was asked for; a second record of it makes the commit fail.

        `held` names the end of the quiet hours its SMS waits for.
        """
        document: Document = {
            "_id": self._work.id_of(asked.notice),
            "tenant": self._work.tenant,
            "notice": asked.notice,
            "resident": asked.resident,
            "moment": asked.moment,
            "content": asked.content,
            "category": asked.category,
            "timing": asked.timing,
            "window": window.isoformat() if window else None,
            # Of a clock ahead of ours, when it came: people are shown no time that has not been.
            "asked_at": min(asked.asked_at, self._work.now),
            "due_at": asked.due_at,
            "day": asked.day.isoformat(),
            "unit": asked.unit,
        }
        if held is not None:
            document["held"] = held
        self._work.insert(COLLECTION, document)
        self.remember(asked)

    def remember(self, asked: Asked) -> None:
        """Know the notice for the rest of the batch."""
        self._contents[asked.notice] = asked.content

    async def flush(self, changes: Changes) -> None:
        """Everything was handed over as it came, but what is held: as one per resident."""
        for held in self.held.values():
            held.hand_over(self._work)


async def of_resident(database: Database, tenant: str, resident: str) -> list[Document]:
    """The records of every notice to a resident."""
    where = {"tenant": tenant, "resident": resident}
    return list(
        await database[COLLECTION]
        .find(where, {"notice": 1, "moment": 1, "day": 1, "window": 1, "held": 1})
        .to_list(None)
    )


def delete(work: Work, resident: str, moment: str | None, count: int) -> None:
    """Delete the records of a resident's notices, of a moment or all. The commit fails at any other number."""
    where = {"tenant": work.tenant, "resident": resident}
    if moment is not None:
        where["moment"] = moment
    work.changes.exactly(count, COLLECTION, DeleteMany(where))


async def search(database: Database, tenant: str, where: Document, most: int) -> list[Document]:
    """The newest records of notices that fit."""
    if "notice" in where:
        others = {name: value for name, value in where.items() if name != "notice"}
        where = {**others, "_id": f"{tenant}|{where['notice']}"}
    found = database[COLLECTION].find({"tenant": tenant, **where}).sort("asked_at", -1).limit(most)
    return list(await found.to_list(None))
