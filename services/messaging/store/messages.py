"""Messages as documents of their own, one each, sealed; and the receipts added to them when the other side reads."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import UpdateMany

from chassis.errors import NotFoundError
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.messaging.domain.message import Message
from services.messaging.domain.people import Author, Notify, Side
from services.messaging.domain.text import MessageText


class Messages(Repository[Message]):
    collection = "messages"
    noun = "message"

    def key_subject(self, aggregate: Message) -> str:
        return aggregate.moment

    def to_document(self, aggregate: Message, sealer: Sealer | None) -> Document:
        if sealer is None:
            raise NotFoundError(f"There is no message {aggregate.id} here.", id=aggregate.id)
        author = aggregate.author
        return {
            "message": aggregate.id,
            "conversation": aggregate.conversation,
            "moment": aggregate.moment,
            "number": aggregate.number,
            "sender": author.side.value,
            "by": author.id,
            "author_name": sealer.seal("author_name", author.name) if author.name else None,
            "text": sealer.seal("text", aggregate.text.markup),
            "notify": aggregate.notify.value,
            "sent_at": aggregate.sent_at,
            "read_at": aggregate.read_at,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Message:
        if sealer is None:
            raise NotFoundError(f"There is no message {document['message']} here.")
        name = document["author_name"]
        return Message(
            id=document["message"],
            conversation=document["conversation"],
            moment=document["moment"],
            number=document["number"],
            author=Author(
                Side(document["sender"]),
                document["by"],
                "" if name is None else sealer.unseal_text("author_name", name),
            ),
            text=MessageText(sealer.unseal_text("text", document["text"])),
            notify=Notify(document["notify"]),
            sent_at=document["sent_at"],
            read_at=document["read_at"],
            version=document["version"],
            position=document["position"],
        )

    async def page(
        self, conversation: str, *, up_to: int, before: int | None, limit: int
    ) -> Sequence[Message]:
        """The conversation's messages, newest first. `up_to` is the number that was last when it was read.

        What is written meanwhile is left out, because nobody has seen it when the page is marked as read.
        """
        last = up_to if before is None else min(up_to, before - 1)
        where = {"conversation": conversation, "number": {"$lte": last}}
        return await self.query(where, sort=(("number", -1),), limit=limit)

    async def newest(
        self, moment: str, *, before: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Message]:
        """The messages of a moment's every conversation, newest first."""
        where: Document = {"moment": moment}
        if before is not None:
            sent_at, identity = before
            same = {"sent_at": sent_at, "_id": {"$lt": self._work.id_of(identity)}}
            where["$or"] = [{"sent_at": {"$lt": sent_at}}, same]
        return await self.query(where, sort=(("sent_at", -1), ("_id", -1)), limit=limit)

    def mark_read(self, conversation: str, *, sender: Side, after: int, up_to: int, at: datetime) -> None:
        """Give what `sender` wrote in between its receipt (R177); each number is read once, so the first time stays."""
        where = {
            "tenant": self._work.tenant,
            "conversation": conversation,
            "number": {"$gt": after, "$lte": up_to},
            "sender": sender.value,
        }
        self._work.changes.write(self.collection, UpdateMany(where, {"$set": {"read_at": at}}))
