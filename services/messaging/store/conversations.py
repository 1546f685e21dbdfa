"""Conversations as documents, what each of their events says outside, and the lists people see.

The title is sealed; a conversation whose key is gone does not exist.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import DeleteOne

from chassis.errors import NotFoundError
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from contracts.message import Message
from contracts.messaging import ConversationRead, MessageSent
from contracts.notifications import NotifyResident
from services.messaging.domain.conversation import Conversation, Read, Written
from services.messaging.domain.people import Author, Notify, Side

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Unread:
    """What one side has not read of a moment: messages, in so many conversations, the latest used at that time."""

    messages: int = 0
    conversations: int = 0
    latest_at: datetime = _NEVER


class Conversations(Repository[Conversation]):
    collection = "conversations"
    noun = "conversation"

    def key_subject(self, aggregate: Conversation) -> str:
        return aggregate.moment

    def to_document(self, aggregate: Conversation, sealer: Sealer | None) -> Document:
        if sealer is None:
            raise NotFoundError(f"There is no conversation {aggregate.id} here.", id=aggregate.id)
        return {
            "conversation": aggregate.id,
            "moment": aggregate.moment,
            "opened_by": aggregate.creator.side.value,
            "creator": aggregate.creator.id,
            "opened_at": aggregate.opened_at,
            "last_at": aggregate.last_at,
            "title": None if aggregate.title is None else sealer.seal("title", aggregate.title),
            "count": aggregate.count,
            "last_sender": aggregate.last_sender and aggregate.last_sender.value,
            "unread": _by_side(aggregate.unread),
            "latest": _by_side(aggregate.latest),
            "read_to": _by_side(aggregate.read_to),
            "read_at": _by_side(aggregate.read_at),
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Conversation:
        if sealer is None:
            raise NotFoundError(f"There is no conversation {document['conversation']} here.")
        title = document["title"]
        last_sender = document["last_sender"]
        return Conversation(
            id=document["conversation"],
            moment=document["moment"],
            creator=Author(Side(document["opened_by"]), document["creator"]),
            opened_at=document["opened_at"],
            last_at=document["last_at"],
            title=None if title is None else sealer.unseal_text("title", title),
            count=document["count"],
            last_sender=None if last_sender is None else Side(last_sender),
            unread={Side(side): count for side, count in document["unread"].items()},
            latest={Side(side): message for side, message in document["latest"].items()},
            read_to={Side(side): number for side, number in document["read_to"].items()},
            read_at={Side(side): at for side, at in document.get("read_at", {}).items()},
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: Conversation, event: Written | Read) -> Iterable[Message]:
        match event:
            case Written():
                yield MessageSent(
                    message_id=event.message,
                    conversation_id=aggregate.id,
                    moment_id=event.moment,
                    resident_id=event.resident,
                    unit_id=event.unit,
                    sender=event.by.side.value,
                    sent_at=event.at,
                    by=event.by.id,
                )
                if event.by.side is Side.STAFF and event.notify is not Notify.NONE:
                    yield NotifyResident(
                        recipient_id=event.resident,
                        moment_id=event.moment,
                        category="new_message",
                        timing="direct" if event.notify is Notify.DIRECT else "batched",
                        dedup_key=event.message,
                        unless_read=aggregate.id,
                        unit_id=event.unit,
                        asked_at=event.at,
                    )
            case Read():
                yield ConversationRead(
                    conversation_id=aggregate.id,
                    moment_id=event.moment,
                    resident_id=event.resident,
                    reader=event.by.side.value,
                    up_to=event.up_to,
                    read_at=event.at,
                    by=event.by.id,
                )

    def remove(self, conversation: Conversation) -> None:
        """Delete it if nobody has changed it since it was read."""
        identity = self._work.id_of(conversation.id)
        self._work.changes.aggregates.add(f"{self.collection}|{identity}")
        self._work.changes.exactly_one(
            self.collection, DeleteOne({"_id": identity, "version": conversation.version})
        )

    async def page(
        self,
        moment: str,
        side: Side,
        *,
        after: tuple[datetime, str] | None,
        limit: int,
        unread: bool = False,
        among: Collection[str] | None = None,
    ) -> Sequence[Conversation]:
        """What the side sees of the moment's conversations, the liveliest first; only those unread, or those named."""
        where: list[Document] = [{"$or": [{"count": {"$gt": 0}}, {"opened_by": side.value}]}]
        if unread:
            where.append({f"unread.{side.value}": {"$gt": 0}})
        if among is not None:
            where.append({"_id": {"$in": self._work.ids_of(among)}})
        if after is not None:
            last_at, identity = after
            same = {"last_at": last_at, "_id": {"$lt": self._work.id_of(identity)}}
            where.append({"$or": [{"last_at": {"$lt": last_at}}, same]})
        sort = (("last_at", -1), ("_id", -1))
        return await self.query({"moment": moment, "$and": where}, sort=sort, limit=limit)

    async def unread(self, moment: str, side: Side) -> Unread:
        """How much of the moment the side has not read (R164, R165)."""
        return (await self.unread_by_moment([moment], side)).get(moment, Unread())

    async def unread_by_moment(self, moments: Sequence[str], side: Side) -> Mapping[str, Unread]:
        """The same for many at once; a moment with nothing unread is absent (R173)."""
        unread = f"unread.{side.value}"
        pipeline: list[Document] = [
            {"$match": {"tenant": self._work.tenant, "moment": {"$in": list(moments)}, unread: {"$gt": 0}}},
            {
                "$group": {
                    "_id": "$moment",
                    "messages": {"$sum": f"${unread}"},
                    "conversations": {"$sum": 1},
                    "latest_at": {"$max": "$last_at"},
                }
            },
        ]
        found = await self._work.room.database[self.collection].aggregate(pipeline).to_list(None)
        return {
            each["_id"]: Unread(each["messages"], each["conversations"], each["latest_at"]) for each in found
        }


def _by_side(values: dict[Side, Any]) -> Document:
    return {side.value: value for side, value in values.items()}
