"""Retention in a room on a real database, and what a test does with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.handling import Handling
from chassis.testing import Api, a_record, said
from contracts.access import Role
from contracts.message import Message
from contracts.registry import CARE_SERVICES
from contracts.retention import PurgeRequested
from services.retention.app import SERVICE
from services.retention.store.work import RetentionWork
from services.retention.tests.builders import ADMIN, MOMENT, RESIDENT, answered, ended, started


@dataclass
class Retention:
    """Retention with its API and its handling of messages; `records` are those it was given, for replays."""

    api: Api
    tenant: str
    handling: Handling
    records: list[Any] = field(default_factory=list)

    async def hears(self, *messages: Message, service: str | None = None, tenant: str | None = None) -> None:
        """These, as one batch from `service`."""
        batch = [a_record(each, tenant=tenant or self.tenant, service=service) for each in messages]
        self.records += batch
        await self.handling.handle(batch)

    async def has_ended(self, moment: str = MOMENT, *, resident: str = RESIDENT, **fields: Any) -> None:
        """A moment of the resident has been started and ended."""
        await self.hears(
            started(moment, resident=resident, **{k: v for k, v in fields.items() if k == "unit"}),
            ended(moment, resident=resident, **fields),
        )

    async def admin(self) -> dict[str, str]:
        """Headers of a data administrator of the unit."""
        return await self.api.as_staff(self.tenant, ADMIN, Role.DATA_ADMIN)

    async def purges(self, moment: str = MOMENT, *, key: str = "key-1", confirm: bool = True) -> Any:
        """The answer to the data administrator's order."""
        headers = {**await self.admin(), "Idempotency-Key": key}
        return await self.api.http.post(
            "/purges", json={"moment_id": moment, "confirm": confirm}, headers=headers
        )

    async def asks(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """The answer to a GET, of the data administrator if nobody else is named."""
        return await self.api.http.get(path, headers=headers or await self.admin())

    async def is_answered_to_the_end(self) -> None:
        """Whoever is asked answers, until nobody is asked any more: nothing of the resident is left."""
        step = 0
        while step < len(requests := await self.asked()):
            await self.is_answered(requests[step])
            step += 1

    async def asked(self) -> list[PurgeRequested]:
        return await said(self.api.room, PurgeRequested)

    async def is_answered(
        self, asked: PurgeRequested, services: Sequence[str] | None = None, *, remains: bool = False
    ) -> None:
        """These services answer, in this order; those that are asked if none are named."""
        for service in services or asked.services or CARE_SERVICES:
            await self.hears(answered(asked, service, remains=remains), service=service)


def a_retention(api: Api, tenant: str) -> Retention:
    """Retention behind this API."""
    return Retention(api, tenant, Handling(api.room, SERVICE.reactions, RetentionWork))
