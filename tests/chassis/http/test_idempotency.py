"""A request with an Idempotency-Key happens once: the same promises on a fake and on the real database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

import httpx
import pytest
from anyio.lowlevel import checkpoint
from fastapi import Request

from chassis.committer import Committer
from chassis.errors import ConflictError, DuplicateKeyError
from chassis.http.idempotency import COLLECTION, Answer, Idempotency, Once, RequiredKey, Store
from chassis.http.identity import Caller, Resident, Staff
from chassis.http.permissions import NeedsResident, NeedsStaff
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.pseudonym import Pseudonyms
from chassis.testing import a_room, a_tenant
from chassis.units import Units
from chassis.work import Work
from tests.chassis.http.edge import ADAM, TOLVAN, World, a_world

KEY = {"Idempotency-Key": "9b2f6f0e-key"}


class Thing(Schema):
    name: str


class Backend(Protocol):
    """Where things are made and answers remembered, in one commit."""

    store: Store

    async def make(self, caller: Caller, once: Once, name: str) -> Answer: ...

    async def made(self) -> list[str]: ...

    async def kept(self) -> str: ...


def _answer(name: str) -> Answer:
    return Answer(201, {"id": f"t-{len(name)}"}, {"Location": f"/things/t-{len(name)}", "ETag": '"1"'})


@dataclass
class Memory:
    """Two dictionaries that are written together, after a pause in which another request may come."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    things: list[str] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self

    async def find_one(self, filter: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return self.documents.get(filter["_id"])

    async def make(self, caller: Caller, once: Once, name: str) -> Answer:
        answer = _answer(name)
        await checkpoint()
        if once.id in self.documents:
            raise DuplicateKeyError(COLLECTION)
        self.documents[once.id] = once.document(answer)
        self.things.append(name)
        return answer

    async def made(self) -> list[str]:
        return self.things

    async def kept(self) -> str:
        return repr(self.documents)


class Mongo:
    """The real unit of work on the real database."""

    def __init__(self, room: Any) -> None:
        self._room = room
        self._units = Units(room, Committer(room.client, room.database), Work)
        self.store: Store = room.database[COLLECTION]

    async def make(self, caller: Caller, once: Once, name: str) -> Answer:
        async def use_case(work: Work) -> Answer:
            answer = _answer(name)
            work.insert("things", {"tenant": work.tenant, "name": name})
            work.insert(COLLECTION, once.document(answer))
            return answer

        return await self._units.run(caller, use_case)

    async def made(self) -> list[str]:
        return [thing["name"] async for thing in self._room.database["things"].find()]

    async def kept(self) -> str:
        return repr([document async for document in self._room.database[COLLECTION].find()])


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.slow)])
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    if request.param == "memory":
        yield Memory()
        return
    async with a_room(request.getfixturevalue("mongo_url"), "things", a_tenant("vgr")) as room:
        await room.database.create_collection("things")
        yield Mongo(room)


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
async def api(world: World, backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    router = Router()
    once_only = Idempotency(backend.store, world.clock, Pseudonyms(b"p" * 32))

    @router.post("/things", status_code=201)
    async def make(
        request: Request, thing: Thing, key: RequiredKey, caller: Annotated[Staff, NeedsStaff()]
    ) -> Any:
        return await once_only.idempotently(
            request, caller, lambda once: backend.make(caller, once, thing.name)
        )

    @router.post("/mine", status_code=201)
    async def mine(
        request: Request, thing: Thing, key: RequiredKey, caller: Annotated[Resident, NeedsResident()]
    ) -> Any:
        return await once_only.idempotently(
            request, caller, lambda once: backend.make(caller, once, thing.name)
        )

    @router.post("/refused")
    async def refuse(request: Request, caller: Annotated[Staff, NeedsStaff()]) -> Any:
        async def refused(once: Once) -> Answer:
            raise ConflictError("It has ended: start a new one.")

        return await once_only.idempotently(request, caller, refused)

    async with world.api(router) as client:
        yield client


async def test_a_repeated_request_gets_the_first_answer_and_happens_once(
    api: httpx.AsyncClient, world: World, backend: Backend
) -> None:
    first = await api.post("/things", json={"name": "a"}, headers=world.vgr.staff() | KEY)
    again = await api.post("/things", json={"name": "a"}, headers=world.vgr.staff(jti="new token") | KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert [again.headers[name] for name in ("Location", "ETag")] == ["/things/t-1", '"1"']
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await backend.made() == ["a"]


async def test_of_many_at_once_one_happens_and_all_get_its_answer(
    api: httpx.AsyncClient, world: World, backend: Backend
) -> None:
    headers = world.vgr.staff() | KEY

    answers = await asyncio.gather(
        *(api.post("/things", json={"name": "a"}, headers=headers) for _ in range(10))
    )

    assert {(answer.status_code, answer.text) for answer in answers} == {(201, '{"id":"t-1"}')}
    assert await backend.made() == ["a"]


async def test_a_key_with_another_request_is_refused(
    api: httpx.AsyncClient, world: World, backend: Backend
) -> None:
    await api.post("/things", json={"name": "a"}, headers=world.vgr.staff() | KEY)

    answer = await api.post("/things", json={"name": "b"}, headers=world.vgr.staff() | KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert await backend.made() == ["a"]


async def test_a_key_with_the_same_request_at_another_unit_is_refused(
    api: httpx.AsyncClient, world: World, backend: Backend
) -> None:
    await api.post("/things", json={"name": "a"}, headers=world.vgr.staff() | KEY)

    answer = await api.post("/things", json={"name": "a"}, headers=world.vgr.staff(unit="SE-2") | KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert await backend.made() == ["a"]


async def test_a_key_is_its_callers_own(api: httpx.AsyncClient, world: World, backend: Backend) -> None:
    await api.post("/things", json={"name": "a"}, headers=world.vgr.staff() | KEY)

    answer = await api.post("/things", json={"name": "bb"}, headers=world.vgr.staff(ADAM) | KEY)

    assert "Idempotency-Replayed" not in answer.headers
    assert await backend.made() == ["a", "bb"]


async def test_nothing_that_is_kept_says_who_or_what(
    api: httpx.AsyncClient, world: World, backend: Backend
) -> None:
    named = {"Idempotency-Key": f"visit of {TOLVAN}"}
    await api.post("/mine", json={"name": "Anna Almkvist"}, headers=world.vgr.resident() | named)

    kept = await backend.kept()
    assert "t-13" in kept
    assert TOLVAN not in kept
    assert "Almkvist" not in kept


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "idempotency-key-missing"),
        ({"Idempotency-Key": ""}, "malformed-idempotency-key"),
        ({"Idempotency-Key": "x" * 256}, "malformed-idempotency-key"),
        ({"Idempotency-Key": b"\xe5"}, "malformed-idempotency-key"),
        ({"Idempotency-Key": "a\tb"}, "malformed-idempotency-key"),
    ],
)
async def test_what_sends_needs_a_key(
    api: httpx.AsyncClient, world: World, backend: Backend, headers: dict[str, Any], code: str
) -> None:
    answer = await api.post("/things", json={"name": "a"}, headers=world.vgr.staff() | headers)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await backend.made() == []


async def test_a_refusal_is_not_remembered(api: httpx.AsyncClient, world: World) -> None:
    answers = [await api.post("/refused", headers=world.vgr.staff() | KEY) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "Idempotency-Replayed" not in answers[1].headers
