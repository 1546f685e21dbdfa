"""What the tests of flags say and ask: what is heard from others, and the lists people look at."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from chassis.handling import Handling
from chassis.mongo import Document
from chassis.testing import NOON, UNIT, Api, a_record
from chassis.work import Room
from contracts.access import Role
from contracts.message import Message
from contracts.messaging import ConversationRead, MessageSent
from contracts.moments import (
    MaintenanceExpired,
    MomentEnded,
    MomentResumed,
    MomentStarted,
    PractitionerAssigned,
)
from contracts.retention import PurgeRequested
from services.flags.app import SERVICE

ALICE = "197105149897"
BOB = "199307309923"
ANNA = "SE2321000131-P000000000001"
OTTO = "SE2321000131-P000000000002"
OTHER_UNIT = "SE2321000131-E000000000002"
MOMENT = "mom-1"


@dataclass
class World:
    tenant: str
    other_tenant: str
    room: Room
    api: Api
    offsets: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.handling = Handling(self.room, SERVICE.reactions, SERVICE.work)

    @property
    def alice(self) -> str:
        return self.room.pseudonyms.resident_id(self.tenant, ALICE)

    async def hears(self, *messages: Message) -> None:
        """Each as a batch of its own."""
        for message in messages:
            record = a_record(message, tenant=self.tenant, offset=next(self.offsets))
            await self.handling.handle([record])

    async def hears_at_once(self, *messages: Message) -> None:
        """All in one batch."""
        records = [a_record(message, tenant=self.tenant, offset=next(self.offsets)) for message in messages]
        await self.handling.handle(records)

    async def hears_a_moment(self, moment: str = MOMENT, *, practitioner: str = ANNA) -> None:
        await self.hears_at_once(self.started(moment), self.assigned(moment, practitioner))

    def started(self, moment: str = MOMENT, *, unit: str = UNIT) -> MomentStarted:
        return MomentStarted(
            moment_id=moment,
            resident_id=self.alice,
            unit_id=unit,
            program_id="ibs",
            program_version="1.0",
            messaging=True,
            started_at=NOON,
            by=ANNA,
        )

    def assigned(self, moment: str = MOMENT, practitioner: str = ANNA) -> PractitionerAssigned:
        return PractitionerAssigned(moment_id=moment, practitioner_id=practitioner, at=NOON, by=ANNA)

    def ended(self, moment: str = MOMENT) -> MomentEnded:
        return MomentEnded(
            moment_id=moment,
            resident_id=self.alice,
            unit_id=UNIT,
            reason="completed",
            ended_at=NOON,
            by=ANNA,
        )

    def expired(self, at: datetime = NOON) -> MaintenanceExpired:
        return MaintenanceExpired(moment_id=MOMENT, at=at)

    def resumed(self) -> MomentResumed:
        return MomentResumed(moment_id=MOMENT, at=NOON, by=ANNA)

    def sent(
        self,
        message: str,
        *,
        moment: str = MOMENT,
        conversation: str = "con-1",
        sender: Any = "resident",
        at: datetime = NOON,
    ) -> MessageSent:
        return MessageSent(
            message_id=message,
            conversation_id=conversation,
            moment_id=moment,
            resident_id=self.alice,
            unit_id=UNIT,
            sender=sender,
            sent_at=at,
            by=self.alice if sender == "resident" else ANNA,
        )

    def read(
        self, up_to: str, *, conversation: str = "con-1", reader: Any = "staff", at: datetime = NOON
    ) -> ConversationRead:
        return ConversationRead(
            conversation_id=conversation,
            moment_id=MOMENT,
            resident_id=self.alice,
            reader=reader,
            up_to=up_to,
            read_at=at,
            by=ANNA if reader == "staff" else self.alice,
        )

    def purge(self, scope: Any = "moment", moment: str = MOMENT) -> PurgeRequested:
        return PurgeRequested(
            purge_id="pur-1", scope=scope, moment_id=moment, resident_id=self.alice, requested_at=NOON
        )

    async def staff(
        self,
        *roles: Role,
        who: str = ANNA,
        tenant: str | None = None,
        unit: str = UNIT,
    ) -> dict[str, str]:
        return await self.api.as_staff(
            tenant or self.tenant, who, *(roles or (Role.PRACTITIONER,)), unit=unit
        )

    def resident(self, number: str = ALICE, *, tenant: str | None = None) -> dict[str, str]:
        return self.api.as_resident(tenant or self.tenant, number)

    async def get(self, path: str, who: dict[str, str]) -> httpx.Response:
        return await self.api.http.get(path, headers=who)

    async def handle(self, flag: str, who: dict[str, str]) -> httpx.Response:
        return await self.api.http.post(f"/flags/{flag}/handle", headers=who)

    async def flags(self) -> list[Document]:
        return await self.room.database["flags"].find().sort("_id", 1).to_list(None)

    async def count(self, collection: str) -> int:
        return await self.room.database[collection].count_documents({})
