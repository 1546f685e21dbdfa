"""What the tests of messaging say and ask: what is heard from others, and the two sides of a conversation."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from chassis.handling import Handling
from chassis.testing import NOON, UNIT, Api, a_record, clock_of
from chassis.work import Room
from contracts.access import Role
from contracts.message import Message
from contracts.moments import (
    MomentEnded,
    MomentMaintained,
    MomentResumed,
    MomentStarted,
    PractitionerAssigned,
)
from contracts.notifications import ContactChoicesMade
from contracts.retention import PurgeRequested
from services.messaging.app import SERVICE

ALICE = "197105149897"
BOB = "199307309923"
PRACTITIONER = "SE2321000131-P000000000001"
OTHER_UNIT = "SE2321000131-E000000000002"
MOMENT = "mom-1"


@dataclass
class World:
    tenant: str
    other_tenant: str
    room: Room
    api: Api
    keys: Iterator[int] = field(default_factory=itertools.count)
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

    async def hears_a_moment(self, moment: str = MOMENT, *, messaging: bool = True, unit: str = UNIT) -> None:
        await self.hears(self.started(moment, messaging=messaging, unit=unit))

    def started(self, moment: str = MOMENT, *, messaging: bool = True, unit: str = UNIT) -> MomentStarted:
        return MomentStarted(
            moment_id=moment,
            resident_id=self.alice,
            unit_id=unit,
            program_id="ibs",
            program_version="1.0",
            messaging=messaging,
            started_at=NOON,
            by=PRACTITIONER,
        )

    def assigned(self, moment: str = MOMENT, to: str = PRACTITIONER) -> PractitionerAssigned:
        return PractitionerAssigned(moment_id=moment, practitioner_id=to, at=NOON, by=PRACTITIONER)

    def ended(self, moment: str = MOMENT) -> MomentEnded:
        return MomentEnded(
            moment_id=moment,
            resident_id=self.alice,
            unit_id=UNIT,
            reason="completed",
            ended_at=NOON,
            by=PRACTITIONER,
        )

    def maintained(self, *, days: int = 7) -> MomentMaintained:
        return MomentMaintained(
            moment_id=MOMENT,
            modules=["start"],
            expires_at=NOON + timedelta(days=days),
            at=NOON,
            by=PRACTITIONER,
        )

    def resumed(self) -> MomentResumed:
        return MomentResumed(moment_id=MOMENT, at=NOON, by=PRACTITIONER)

    def chose(self, *, sms: bool, email: bool) -> ContactChoicesMade:
        return ContactChoicesMade(resident_id=self.alice, sms=sms, email=email, at=NOON)

    def purge(self, scope: Any = "moment", moment: str = MOMENT) -> PurgeRequested:
        return PurgeRequested(
            purge_id="pur-1", scope=scope, moment_id=moment, resident_id=self.alice, requested_at=NOON
        )

    def later(self) -> None:
        clock_of(self.room).advance(timedelta(minutes=1))

    async def staff(
        self, *roles: Role, tenant: str | None = None, unit: str = UNIT, person: str = PRACTITIONER
    ) -> dict[str, str]:
        return await self.api.as_staff(
            tenant or self.tenant, person, *(roles or (Role.PRACTITIONER,)), unit=unit
        )

    def resident(self, number: str = ALICE, *, tenant: str | None = None) -> dict[str, str]:
        return self.api.as_resident(tenant or self.tenant, number)

    async def get(self, path: str, who: dict[str, str]) -> httpx.Response:
        return await self.api.http.get(path, headers=who)

    async def post(
        self, path: str, who: dict[str, str], body: dict[str, Any], *, key: str | None = None
    ) -> httpx.Response:
        headers = {**who, "Idempotency-Key": key or f"key-{next(self.keys)}"}
        return await self.api.http.post(path, headers=headers, json=body)

    async def a_conversation(
        self, who: dict[str, str] | None = None, title: str | None = None, moment: str = MOMENT
    ) -> str:
        """Opened by staff, unless by the resident."""
        path = f"/moments/{moment}/conversations"
        path = path if who is None else f"/me{path}"
        answer = await self.post(path, who or await self.staff(), {"title": title})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def staff_writes(self, conversation: str, text: str = "Hej", **body: Any) -> httpx.Response:
        path = f"/conversations/{conversation}/messages"
        return await self.post(path, await self.staff(), {"text": text, **body})

    async def alice_writes(self, conversation: str, text: str = "Hej") -> httpx.Response:
        return await self.post(f"/me/conversations/{conversation}/messages", self.resident(), {"text": text})

    async def staff_reads(self, conversation: str, query: str = "") -> httpx.Response:
        return await self.get(f"/conversations/{conversation}/messages{query}", await self.staff())

    async def alice_reads(self, conversation: str) -> httpx.Response:
        return await self.get(f"/me/conversations/{conversation}/messages", self.resident())

    async def search(self, what: str, text: str, *, me: bool = False, **body: Any) -> httpx.Response:
        """By staff, unless `me` is the resident; `what` is "messages" or "conversations"."""
        path = f"{'/me' if me else ''}/moments/{MOMENT}/{what}/search"
        who = self.resident() if me else await self.staff()
        return await self.api.http.post(path, headers=who, json={"text": text, **body})

    async def drafts(
        self,
        conversation: str,
        text: str = "Hej",
        who: dict[str, str] | None = None,
        *,
        me: bool = False,
        version: str = "",
    ) -> httpx.Response:
        """Kept by staff, unless `me` is the resident."""
        path = f"/conversations/{conversation}/draft"
        path = f"/me{path}" if me else path
        who = who or (self.resident() if me else await self.staff())
        headers = {**who, **({"If-Match": version} if version else {})}
        return await self.api.http.put(path, headers=headers, json={"text": text})

    async def count(self, collection: str) -> int:
        return await self.room.database[collection].count_documents({})
