"""Messaging's unit of work: the chassis's, with the repositories of this service."""

from collections.abc import Iterable

from chassis.work import Work
from services.messaging.store.conversations import Conversations
from services.messaging.store.drafts import Drafts
from services.messaging.store.messages import Messages
from services.messaging.store.moments import Moments


class MessagingWork(Work):
    """`purged` are the moments, among those looked at, whose key was destroyed for ever."""

    purged: frozenset[str] = frozenset()

    @property
    def moments(self) -> Moments:
        repository: Moments = self.repository("moments", Moments)
        return repository

    @property
    def conversations(self) -> Conversations:
        repository: Conversations = self.repository("conversations", Conversations)
        return repository

    @property
    def messages(self) -> Messages:
        repository: Messages = self.repository("messages", Messages)
        return repository

    @property
    def drafts(self) -> Drafts:
        repository: Drafts = self.repository("drafts", Drafts)
        return repository

    async def look_at_moments(self, moments: Iterable[str]) -> None:
        """Read a batch's moments in one query, and which of those not held were purged in another."""
        wanted = set(moments)
        await self.moments.load(wanted)
        unknown = [moment for moment in wanted if await self.moments.find(moment) is None]
        if unknown:
            self.purged |= await self.room.keyring.is_destroyed_many(self.tenant, unknown)
