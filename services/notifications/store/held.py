"""SMS held through quiet hours: one sending per resident and end of the hours, that grows until they are over.

Its id follows from resident and end, so whoever holds another notice for the resident puts it into the same one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pymongo import UpdateMany

from chassis.mongo import Document
from chassis.work import Work
from services.notifications.domain.notices import Asked, Item
from services.notifications.domain.sending import Kind, Next, State
from services.notifications.store import endings, ids, reads, sendings
from services.notifications.store.lines import say_settled
from services.notifications.store.sendings import Sending

# A time that no lease or look reaches; the timer of the end brings it to now.
_NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)


def name_of(ends: datetime) -> str:
    """What the end of quiet hours is called in ids, timers and records."""
    return ends.astimezone(UTC).isoformat(timespec="minutes")


def id_of(work: Work, resident: str, held: str) -> str:
    """The id of what is held for a resident until then."""
    return ids.held_of(work, resident, held)


async def find(work: Work, residents: Iterable[str], held: str) -> dict[str, Sending]:
    """What is held for these residents until then, by id."""
    return await sendings.find_many(
        work.room.database, [id_of(work, resident, held) for resident in residents]
    )


@dataclass(slots=True)
class HeldSms:
    """What one batch of intake holds for one resident."""

    identity: str
    held: str
    before: Sending | None
    to: bytes
    asked: list[Asked] = field(default_factory=list)

    def hand_over(self, work: Work) -> None:
        """Make the sending, or put the notices into the one that is there."""
        items: list[Item] = [asked.held_item for asked in self.asked]
        if self.before is not None:
            sendings.join(work, self.before, items)
            return
        first = self.asked[0]
        document = sendings.new(
            work,
            self.identity,
            kind=Kind.DIRECT,
            resident=first.resident,
            channel="sms",
            category=first.category,
            items=[sendings.written(item) for item in items],
            to=self.to,
        )
        sendings.keep(work, {**document, "held": self.held, "next_at": _NOT_YET})


async def read_meanwhile(work: Work, sending: Sending) -> list[Item]:
    """What of a sending the resident has read since it was asked for."""
    conversations = {item.held.unless_read for item in sending.items if item.held and item.held.unless_read}
    if not conversations:
        return []
    read_at = await reads.read_at(work.room.database, work.tenant, conversations)
    return [item for item in sending.items if item.held is not None and item.held.is_read(read_at)]


async def ended_meanwhile(work: Work, sending: Sending) -> list[Item]:
    """What of a sending is of moments that have ended."""
    moments = (item.moment for item in sending.items)
    ended = await endings.among(work.room.database, work.tenant, moments)
    return [item for item in sending.items if item.moment in ended]


async def set_aside(work: Work, sending: Sending, items: Sequence[Item], reason: str) -> None:
    """Take these out; they stand in a sending of their own, that is never sent, and the rest goes on."""
    identity = ids.aside_of(sending.id, reason)
    before = await sendings.find_many(work.room.database, [identity])
    sendings.keep_only(work, sending, [item for item in sending.items if item not in items])
    if before:
        sendings.join(work, before[identity], items)
        return
    document = sendings.new(
        work,
        identity,
        kind=Kind.DIRECT,
        resident=sending.resident,
        channel=sending.channel,
        category=sending.category,
        items=[sendings.written(item) for item in items],
    )
    document |= {"state": State.SUPPRESSED.value, "reason": reason, "next_at": None}
    work.insert(sendings.COLLECTION, document)
    say_settled(work, sendings.opened(document), items, "suppressed", reason)


def hold(work: Work, due: Sending, ends: datetime) -> None:
    """Let what is due wait for the end of the hours, like what was asked for within them."""
    sendings.move(work, due, Next(State.DUE, wait=0.0, code="quiet"), held=name_of(ends), next_at=_NOT_YET)


def release(work: Work, held: str) -> None:
    """The hours are over: everything held until then is due now, by the database's time."""
    where: Document = {"tenant": work.tenant, "state": State.DUE.value, "next_at": _NOT_YET, "held": held}
    due = {"next_at": "$$NOW", "made_at": "$$NOW", "rev": {"$add": ["$rev", 1]}}
    work.changes.write(sendings.COLLECTION, UpdateMany(where, [{"$set": due}]))
