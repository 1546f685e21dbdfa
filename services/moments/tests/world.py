"""A region as tests of the API find it: two active units with staff, four programs, and people in the register."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from chassis.handling import Handling
from chassis.http.identity import CARE, PURPOSE_CLAIM
from chassis.testing import Api, a_record, a_room, a_tenant, an_api
from chassis.work import Room
from contracts.access import Role
from contracts.message import Message
from contracts.notifications import ContactChoicesMade
from services.moments.app import SERVICE
from services.moments.directory import Ports, RegisteredPerson, StaffEntry, UnitEntry
from services.moments.tests.directory import MemoryDirectory

PROGRAMS = Path("programs")
UNIT = "SE2321000131-E000000000001"
OTHER_UNIT = "SE2321000131-E000000000002"
# Karin administers the region; the others work at UNIT, Johan and Klara at OTHER_UNIT.
KARIN = "SE2321000131-P000000000101"
ANNA = "SE2321000131-P000000000102"
BJORN = "SE2321000131-P000000000103"
CECILIA = "SE2321000131-P000000000104"
EVA = "SE2321000131-P000000000106"
HANNA = "SE2321000131-P000000000109"
IVAR = "SE2321000131-P000000000110"
JOHAN = "SE2321000131-P000000000111"
KLARA = "SE2321000131-P000000000112"
OLGA = "196408239843"
PELLE = "199001029827"
SIXTEN = "195503189804"
RUT = "197812069875"
ULF = "198604659865"
_NAMES = {
    KARIN: "Karin Lindqvist",
    ANNA: "Anna Andersson",
    BJORN: "Björn Berg",
    CECILIA: "Cecilia Carlsson",
    EVA: "Eva Ekström",
    HANNA: "Hanna Hedlund",
    IVAR: "Ivar Isaksson",
    JOHAN: "Johan Jonsson",
    KLARA: "Klara Karlberg",
}
_SEEN = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)


def a_directory() -> MemoryDirectory:
    """Olga and Pelle have logged in at 1177; Sixten never; Rut is protected; Ulf has a coordination number."""
    return MemoryDirectory(
        persons={
            OLGA: RegisteredPerson(
                "Oskarsson", "Olga", last_login_at=_SEEN, county="14", sex="female", born=date(1964, 8, 23)
            ),
            PELLE: RegisteredPerson(
                "Persson", "Pelle", last_login_at=_SEEN, county="13", sex="male", born=date(1990, 1, 2)
            ),
            SIXTEN: RegisteredPerson("Sjöberg", "Sixten"),
            RUT: RegisteredPerson("Rosén", "Rut", is_protected=True, last_login_at=_SEEN),
            ULF: RegisteredPerson("Ulvestad", "Ulf", last_login_at=_SEEN),
        },
        members={
            hsa_id: StaffEntry(
                hsa_id,
                name,
                frozenset({OTHER_UNIT} if hsa_id in {JOHAN, KLARA} else {UNIT}),
                f"{name.split()[0].lower()}@region.example",
                "+46313900100",
            )
            for hsa_id, name in _NAMES.items()
        },
        units={
            UNIT: UnitEntry(UNIT, "Vårdcentralen Lindholmen", "Region"),
            OTHER_UNIT: UnitEntry(OTHER_UNIT, "Psykiatrimottagningen Hisingen", "Region"),
        },
    )


@dataclass
class World:
    """One region and its API. Every call answers the response; `started` and the like assert success."""

    api: Api
    room: Room
    tenant: str
    directory: MemoryDirectory
    _keys: Any = field(default_factory=lambda: count(1))

    def staff(self, hsa_id: str, unit: str = UNIT, *, tenant: str | None = None) -> dict[str, str]:
        """A token of somebody at a unit; what they may do there is what they were given."""
        claims = {"sub": hsa_id, "employeeHsaId": hsa_id, "careUnitHsaId": unit, PURPOSE_CLAIM: CARE}
        return self.api.headers(tenant or self.tenant, claims)

    def resident(self, number: str) -> dict[str, str]:
        return self.api.as_resident(self.tenant, number)

    def resident_id(self, number: str) -> str:
        return self.room.pseudonyms.resident_id(self.tenant, number)

    async def call(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: Any = None,
        *,
        version: int | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """One request as JSON, with If-Match and Idempotency-Key where given."""
        sent = dict(headers)
        if version is not None:
            sent["If-Match"] = f'"{version}"'
        if key is not None:
            sent["Idempotency-Key"] = key
        content = None
        if body is not None:
            sent["Content-Type"] = "application/json"
            content = json.dumps(body)
        return await self.api.http.request(method, path, headers=sent, content=content)

    async def activates(self, unit: str, *administrators: str) -> httpx.Response:
        body = {"permission_administrators": list(administrators)}
        return await self.call("PUT", f"/units/{unit}", self.staff(KARIN), body)

    async def grants(
        self, person: str, *roles: Role, unit: str = UNIT, by: str = CECILIA, version: int | None = None
    ) -> httpx.Response:
        body = {"roles": [role.value for role in roles]}
        path = f"/units/{unit}/staff/{person}/roles"
        return await self.call("PUT", path, self.staff(by, unit), body, version=version)

    async def uploads(self, text: str, by: str = HANNA) -> httpx.Response:
        headers = {**self.staff(by), "Content-Type": "application/yaml"}
        return await self.api.http.post("/programs", headers=headers, content=text.encode())

    async def publishes(self, program: str, version: str) -> httpx.Response:
        return await self.call("POST", f"/programs/{program}/versions/{version}/publish", self.staff(IVAR))

    async def unpublishes(self, program: str, version: str) -> httpx.Response:
        return await self.call("POST", f"/programs/{program}/versions/{version}/unpublish", self.staff(IVAR))

    async def names(self, unit: str, purpose: str = "care", by: str = KARIN) -> httpx.Response:
        """Name the publishing unit."""
        return await self.call("PUT", f"/publishing-units/{purpose}", self.staff(by), {"unit_id": unit})

    async def offers(self, program: str, version: str, unit: str = UNIT) -> httpx.Response:
        body = {"version": version}
        return await self.call("PUT", f"/units/{unit}/programs/{program}", self.staff(KARIN), body)

    async def starts(
        self,
        number: str = OLGA,
        program: str = "tobakshjalpen",
        practitioner: str = "me",
        *,
        by: str = ANNA,
        unit: str = UNIT,
        key: str | None = None,
    ) -> httpx.Response:
        body = {"personnummer": number, "program_id": program, "practitioner_id": practitioner}
        chosen = key or f"key-{next(self._keys)}"
        return await self.call("POST", "/moments", self.staff(by, unit), body, key=chosen)

    async def started(self, number: str = OLGA, **more: Any) -> str:
        """The id of a moment that was started."""
        response = await self.starts(number, **more)
        assert response.status_code == 201, response.text
        return str(response.json()["moment_id"])

    async def ends(self, moment: str, version: int = 1, *, by: str = ANNA) -> httpx.Response:
        return await self.call(
            "POST", f"/moments/{moment}/end", self.staff(by), {"reason": "completed"}, version=version
        )

    async def starts_module(self, moment: str, code: str, version: int, **body: Any) -> httpx.Response:
        path = f"/moments/{moment}/modules/{code}/start"
        return await self.call("POST", path, self.staff(ANNA), body, version=version)

    async def hands_over(self, moment: str, to: str, by: str, version: int = 1) -> httpx.Response:
        path = f"/moments/{moment}/practitioner"
        return await self.call("PUT", path, self.staff(by), {"practitioner_id": to}, version=version)

    async def reads(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """What a GET that succeeds answers, by Anna unless said."""
        response = await self.call("GET", path, headers or self.staff(ANNA))
        assert response.status_code == 200, response.text
        return response.json()

    async def chooses(self, number: str, *, sms: bool = False, email: bool = False) -> None:
        """The resident has chosen how to be notified, and moments has heard of it."""
        now = self.room.clock.now()
        await self.hears(
            ContactChoicesMade(resident_id=self.resident_id(number), sms=sms, email=email, at=now)
        )

    async def hears(self, *messages: Message) -> Handling:
        """Handle these messages as a worker does."""
        handling = Handling(self.room, SERVICE.reactions, SERVICE.work)
        await handling.handle([a_record(message, tenant=self.tenant) for message in messages])
        return handling


@asynccontextmanager
async def an_empty_world(mongo_url: str, tenant: str, *more: str, **settings: Any) -> AsyncIterator[World]:
    """A region where nothing has been done yet; `more` are other regions, `settings` those of all their files."""
    regions = [a_tenant(slug, administrators=frozenset({KARIN}), **settings) for slug in (tenant, *more)]
    directory = a_directory()
    async with a_room(mongo_url, SERVICE, *regions) as room, an_api(SERVICE, room, Ports(directory)) as api:
        yield World(api, room, tenant, directory)


@asynccontextmanager
async def a_world(
    mongo_url: str,
    tenant: str,
    *more: str,
    programs: Sequence[str] = ("tobakshjalpen",),
    **settings: Any,
) -> AsyncIterator[World]:
    """A region at work."""
    async with an_empty_world(mongo_url, tenant, *more, **settings) as world:
        done = [await world.activates(UNIT, CECILIA), await world.activates(OTHER_UNIT, KLARA)]
        for person, role in (
            (ANNA, Role.PRACTITIONER),
            (BJORN, Role.PRACTITIONER),
            (EVA, Role.RESIDENT_ADMIN),
            (HANNA, Role.DESIGNER),
            (IVAR, Role.PUBLISHER),
        ):
            done.append(await world.grants(person, role))
        done.append(await world.names(UNIT))
        done.append(await world.grants(JOHAN, Role.PRACTITIONER, unit=OTHER_UNIT, by=KLARA))
        for program in programs:
            uploaded = await world.uploads((PROGRAMS / f"{program}.yaml").read_text("utf-8"))
            version = uploaded.json()["version"]
            done += [uploaded, await world.publishes(program, version), await world.offers(program, version)]
        assert all(response.is_success for response in done), [response.text for response in done]
        yield world
