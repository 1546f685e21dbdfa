"""Sendings on disk: made once, by an id that follows from what they are.

Every write names the revision it was decided on, so two who decide at once never both win.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, UpdateMany, UpdateOne

from chassis.clock import SystemClock
from chassis.mongo import Database, Document
from chassis.work import Work
from services.notifications.domain.notices import Held, Item
from services.notifications.domain.sending import (
    LIVE,
    UNDELIVERED,
    Kind,
    Next,
    State,
    Tried,
    outcome_of,
    shown_outcome,
)
from services.notifications.domain.wording import DIGEST
from services.notifications.store import ids
from services.notifications.store.lines import NONE, EndedLine, say_settled

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
    days: tuple[str, ...]
    state: State
    reason: str
    attempts: int
    to: bytes | None
    sealed_code: bytes | None
    provider_id: str | None
    receipt: Document | None
    started_at: datetime | None
    age: float
    is_open: bool
    window: str | None
    made_at: datetime
    story: tuple[Document, ...]
    # Of an inbox entry: the unit it is from, and the designer's text if there is one.
    unit: str | None = None
    text: str | None = None
    tried: Tried | None = None

    @property
    def is_undelivered(self) -> bool:
        """Whether the provider took it and said later that it could not deliver it."""
        return self.shown == UNDELIVERED

    @property
    def shown(self) -> str:
        """Its outcome as people are shown it."""
        return shown_outcome(self.kind, self.state, self.receipt["status"] if self.receipt else None)

    @property
    def told(self) -> str:
        """The category whose text is sent, or was in a try that is looked into; of several notices, a digest's."""
        if self.state is State.UNKNOWN and self.tried is not None:
            return self.tried.told
        if len(self.items) != 1:
            return DIGEST
        held = self.items[0].held
        return self.category if held is None else held.category

    @property
    def reference(self) -> str:
        """What the provider is told it is called: the same for every try."""
        return self.id.replace("|", ".", 1)


def new(
    work: Work,
    identity: str,
    *,
    kind: Kind,
    resident: str,
    channel: str,
    category: str,
    items: Sequence[Document],
    to: bytes | None = None,
    window: str | None = None,
) -> Document:
    """The document of a sending of these items, as they are written, that is due."""
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
        "items": items,
        "days": sorted({item["day"] for item in items}),
        "to": to,
        "state": State.DUE.value,
        "reason": "none",
        "attempts": 0,
        "next_at": now,
        "made_at": now,
    }


def suppressed(
    work: Work,
    identity: str,
    resident: str,
    items: Sequence[Document],
    reason: str,
    *,
    window: str | None = None,
) -> Document:
    """The record of notices that are not sent by SMS or e-mail. Inserted by `keep`."""
    document = new(
        work,
        identity,
        kind=Kind.NONE,
        resident=resident,
        channel=NONE,
        category="none",
        items=items,
        window=window,
    )
    return {**document, "state": State.SUPPRESSED.value, "reason": reason, "next_at": None}


def keep(work: Work, document: Document) -> None:
    """Insert a sending, and say the end of one that has ended."""
    work.insert(COLLECTION, document)
    state = State(document["state"])
    if state not in LIVE:
        line = EndedLine(document["_id"], document["resident"], document["channel"])
        outcome = outcome_of(Kind(document["kind"]), state)
        say_settled(work, line, [read(item) for item in document["items"]], outcome, document["reason"])


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
        # Where it went is not needed any more, nor what it told nobody else.
        fields["to"] = None
        fields |= {"sealed_code": "$$REMOVE", "tried": "$$REMOVE"}
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
        if sending.provider_id is not None:
            # Two may have got each other's id: when the one is gone, the other was still not taken twice.
            theirs = {"tenant": sending.tenant, "extra_ids": sending.provider_id}
            work.changes.write(COLLECTION, UpdateMany(theirs, {"$pull": {"extra_ids": sending.provider_id}}))
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


async def about(work: Work, resident: str, notices: Iterable[Mapping[str, Any]]) -> list[Sending]:
    """Every sending in which any of a resident's notices stands, by the ids that follow from their records."""
    identities = {identity for notice in notices for identity in ids.possible(work, resident, notice)}
    return list((await find_many(work.room.database, sorted(identities))).values())


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
    tried = document.get("tried")
    return Sending(
        id=document["_id"],
        tenant=document["tenant"],
        rev=document["rev"],
        kind=Kind(document["kind"]),
        resident=document["resident"],
        channel=document["channel"],
        category=document["category"],
        items=tuple(read(item) for item in document["items"]),
        days=tuple(document["days"]),
        state=State(document["state"]),
        reason=document["reason"],
        attempts=document["attempts"],
        to=document["to"],
        sealed_code=document.get("sealed_code"),
        provider_id=document.get("provider_id"),
        receipt=document.get("receipt"),
        started_at=document.get("started_at"),
        age=(looked_at - since).total_seconds() if since and looked_at else 0.0,
        is_open=document["next_at"] is not None,
        window=document["window"],
        made_at=document["made_at"],
        story=tuple(document.get("story", ())),
        unit=document.get("unit"),
        text=document.get("text"),
        tried=Tried(tried["sender"], tried["told"], tuple(tried["asked_by"])) if tried else None,
    )


def written(item: Item) -> Document:
    """An item as it lies in its sending."""
    document: Document = {"notice": item.notice, "moment": item.moment, "day": item.day}
    if item.trace is not None:
        document["trace"] = item.trace
    if item.held is not None:
        document["held"] = item.held._asdict()
    return document


def read(document: Document) -> Item:
    """An item as `written` wrote it."""
    held = document.get("held")
    return Item(
        document["notice"],
        document["moment"],
        document["day"],
        document.get("trace"),
        None if held is None else Held(**held),
    )
