"""Sendings on disk: made once, by an id that follows from what they are.

Every write names the revision it was decided on, so two who decide at once never both win.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import DeleteOne, UpdateOne

from chassis.clock import SystemClock
from chassis.mongo import Database, Document
from chassis.work import Work
from services.notifications.domain.notices import Item
from services.notifications.domain.sending import Kind, Next, State, outcome_of
from services.notifications.store.lines import NoChannel, say_settled

COLLECTION = "sendings"
_LONGEST_STORY = 20
_real = SystemClock()


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending as it was read."""

    id: str
    tenant: str
    rev: int
    kind: Kind
    resident: str
    channel: str
    category: str
    items: tuple[Item, ...]
    state: State
    reason: str
    attempts: int
    to: bytes | None
    provider_id: str | None
    receipt: Document | None
    started_at: datetime | None
    age: float
    is_open: bool

    @property
    def reference(self) -> str:
        """What the provider is told it is called: the same for every try, and not to be guessed."""
        return self.id.replace("|", ".", 1)


def id_of(work: Work, *identity: str) -> str:
    """The id that follows from what is sent, so that whoever makes it again makes the same one."""
    return work.id_of(work.room.pseudonyms.fingerprint(work.tenant, "|".join(identity).encode())[:40])


def new(
    work: Work,
    identity: str,
    *,
    kind: Kind,
    resident: str,
    channel: str,
    category: str,
    items: Sequence[Item],
    to: bytes | None = None,
    window: str | None = None,
) -> Document:
    """The document of a sending that is due."""
    now = _real.now()
    return {
        "_id": identity,
        "tenant": work.tenant,
        "rev": 1,
        "kind": kind.value,
        "resident": resident,
        "channel": channel,
        "window": window,
        "category": category,
        "items": [written(item) for item in items],
        "days": sorted({item.day for item in items}),
        "to": to,
        "state": State.DUE.value,
        "reason": "none",
        "attempts": 0,
        "next_at": now,
        "made_at": now,
    }


def suppressed(
    work: Work, resident: str, items: Sequence[Item], reason: str, *, window: str | None = None
) -> Document:
    """The record of notices that are not sent, on the channel they all have: the inbox."""
    identity = id_of(work, "none", items[0].notice)
    document = new(
        work,
        identity,
        kind=Kind.NONE,
        resident=resident,
        channel="inbox",
        category="none",
        items=items,
        window=window,
    )
    say_settled(work, NoChannel(identity, resident), items, "suppressed", reason)
    return {**document, "state": State.SUPPRESSED.value, "reason": reason, "next_at": None}


def move(work: Work, sending: Sending, to: Next, **also: object) -> None:
    """Write where a sending goes, and say it when that is an end. The commit fails if it was moved meanwhile."""
    wait = None if to.wait is None else {"$add": ["$$NOW", int(to.wait * 1000)]}
    fields: Document = {
        "state": to.state.value,
        "reason": {"$literal": to.reason},
        "code": {"$literal": to.code},
        "next_at": wait,
        "rev": {"$add": ["$rev", 1]},
        "story": _story(work, to),
        **{name: {"$literal": value} for name, value in also.items()},
    }
    if to.provider_id is not None:
        fields["provider_id"] = {"$literal": to.provider_id}
    if to.wait is None:
        fields["settled_at"] = work.now
        # Where it went is not needed any more.
        fields["to"] = None
        outcome = outcome_of(sending.kind, to.state)
        say_settled(work, sending, sending.items, outcome, to.reason)
    work.changes.exactly_one(
        COLLECTION, UpdateOne({"_id": sending.id, "rev": sending.rev}, [{"$set": fields}])
    )


def join(work: Work, sending: Sending, items: Sequence[Item]) -> None:
    """Put more items into a sending; if it has ended, so have they."""
    update = {
        "$push": {"items": {"$each": [written(item) for item in items]}},
        "$addToSet": {"days": {"$each": sorted({item.day for item in items})}},
        "$inc": {"rev": 1},
    }
    _if_as_read(work, sending, update)
    if not sending.is_open:
        say_settled(work, sending, items, outcome_of(sending.kind, sending.state), sending.reason)


def keep_only(work: Work, sending: Sending, items: Sequence[Item]) -> None:
    """Take everything else out of a sending, and the sending away when nothing is left."""
    if not items:
        work.changes.exactly_one(COLLECTION, DeleteOne({"_id": sending.id, "rev": sending.rev}))
        return
    left = {"items": [written(item) for item in items], "days": sorted({item.day for item in items})}
    _if_as_read(work, sending, {"$set": left, "$inc": {"rev": 1}})


def note_receipt(work: Work, sending: Sending, receipt: Document, *, taken_again: bool) -> None:
    """Keep a receipt; `taken_again`: it shows that the provider has taken the sending under another id, too."""
    update: Document = {"$set": {"receipt": receipt}, "$inc": {"rev": 1}}
    if taken_again:
        update["$addToSet"] = {"extra_ids": receipt["provider_id"]}
    _if_as_read(work, sending, update)


async def find_many(database: Database, identities: Sequence[str]) -> dict[str, Sending]:
    """Those of the sendings that exist, by id."""
    rows = await database[COLLECTION].find({"_id": {"$in": list(identities)}}).to_list(None)
    return {row["_id"]: opened(row) for row in rows}


async def of_resident(database: Database, tenant: str, resident: str) -> list[Sending]:
    """Every sending to a resident."""
    rows = await database[COLLECTION].find({"tenant": tenant, "resident": resident}).to_list(None)
    return [opened(row) for row in rows]


def _if_as_read(work: Work, sending: Sending, update: Document) -> None:
    work.changes.exactly_one(COLLECTION, UpdateOne({"_id": sending.id, "rev": sending.rev}, update))


def _story(work: Work, to: Next) -> Document:
    """What has become of the sending so far, for whoever asks why; the last of it if it is long."""
    chapter = {
        "attempt": "$attempts",
        "state": to.state.value,
        "reason": {"$literal": to.reason},
        "code": {"$literal": to.code},
        "at": work.now,
    }
    return {"$slice": [{"$concatArrays": [{"$ifNull": ["$story", []]}, [chapter]]}, -_LONGEST_STORY]}


def opened(document: Document) -> Sending:
    """A document as a sending."""
    since, looked_at = document.get("since"), document.get("looked_at")
    return Sending(
        id=document["_id"],
        tenant=document["tenant"],
        rev=document["rev"],
        kind=Kind(document["kind"]),
        resident=document["resident"],
        channel=document["channel"],
        category=document["category"],
        items=tuple(_read(item) for item in document["items"]),
        state=State(document["state"]),
        reason=document["reason"],
        attempts=document["attempts"],
        to=document["to"],
        provider_id=document.get("provider_id"),
        receipt=document.get("receipt"),
        started_at=document.get("started_at"),
        age=(looked_at - since).total_seconds() if since and looked_at else 0.0,
        is_open=document["next_at"] is not None,
    )


def written(item: Item) -> Document:
    """An item as it lies in its sending."""
    document: Document = {"notice": item.notice, "moment": item.moment, "day": item.day}
    return document if item.trace is None else {**document, "trace": item.trace}


def _read(document: Document) -> Item:
    return Item(document["notice"], document["moment"], document["day"], document.get("trace"))
