"""Drafts as documents, found by conversation and author; the text is sealed by the moment's key."""

from pymongo import DeleteMany, DeleteOne, UpdateOne

from chassis.errors import NotFoundError
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from services.messaging.domain.draft import Draft
from services.messaging.domain.text import MessageText


class Drafts(Repository[Draft]):
    collection = "drafts"
    noun = "draft"

    def key_subject(self, aggregate: Draft) -> str:
        return aggregate.moment

    def to_document(self, aggregate: Draft, sealer: Sealer | None) -> Document:
        if sealer is None:
            raise NotFoundError(f"There is no draft in {aggregate.conversation} here.")
        return {
            "draft": aggregate.id,
            "conversation": aggregate.conversation,
            "moment": aggregate.moment,
            "author": aggregate.author,
            "text": sealer.seal("draft", aggregate.text.markup),
            "saved_at": aggregate.saved_at,
            "edition": aggregate.edition,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Draft:
        if sealer is None:
            raise NotFoundError(f"There is no draft in {document['conversation']} here.")
        return Draft(
            id=document["draft"],
            conversation=document["conversation"],
            moment=document["moment"],
            author=document["author"],
            text=MessageText(sealer.unseal_text("draft", document["text"])),
            saved_at=document["saved_at"],
            # Until it is saved again, one from before editions has its version.
            edition=document["edition"] if "edition" in document else document["version"],
            version=document["version"],
            position=document["position"],
        )

    async def save(self, aggregate: Draft) -> None:
        """Save it if its conversation is still there.

        The conversation's document is written too, though nothing in it changes for anybody and its version stays:
        a purge or a removal under way meets this write and comes after it, or before it and leaves nothing to match.
        """
        await super().save(aggregate)
        conversation = self._work.id_of(aggregate.conversation)
        self._work.changes.aggregates.add(f"conversations|{conversation}")
        self._work.changes.exactly_one(
            "conversations", UpdateOne({"_id": conversation}, {"$inc": {"drafts_saved": 1}})
        )

    def remove(self, conversation: str, author: str) -> None:
        """Delete the author's draft, if there is one."""
        identity = self._work.id_of(Draft.id_of(conversation, author))
        self._work.changes.write(self.collection, DeleteOne({"_id": identity}))

    def remove_all(self, moment: str, conversation: str) -> None:
        """Delete everybody's drafts of a conversation that goes."""
        where = {"tenant": self._work.tenant, "moment": moment, "conversation": conversation}
        self._work.changes.write(self.collection, DeleteMany(where))

    async def drafted(self, moment: str, author: str) -> frozenset[str]:
        """The conversations of the moment in which the author has a draft (R164)."""
        where = {"tenant": self._work.tenant, "moment": moment, "author": author}
        found = self._work.room.database[self.collection].find(where, {"_id": 0, "conversation": 1})
        return frozenset([document["conversation"] async for document in found])
