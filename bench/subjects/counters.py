"""The service that says: one aggregate with a version, and the whole way of a write, from token to outbox.

It goes by the name of moments and says one of its messages, because the published language has none for benchmarks.
"""

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bench.floors.plain import PlainCommitter
from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.routing import Router
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.service import PortsOf, Service, Surroundings
from chassis.units import Units
from chassis.work import Work
from contracts.access import Permission
from contracts.message import Message
from contracts.moments import ModuleStarted

router = Router()


@dataclass(slots=True)
class Counter:
    """Counts the modules started of one moment."""

    id: str
    count: int
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def start(self, module: str, *, at: datetime, by: str) -> None:
        self.count += 1
        self.events.append(ModuleStarted(moment_id=self.id, module=module, at=at, by=by))


class Counters(Repository[Counter]):
    collection: ClassVar[str] = "counters"
    noun: ClassVar[str] = "counter"

    def to_document(self, aggregate: Counter, sealer: Sealer | None) -> Document:
        return {"count": aggregate.count}

    def from_document(self, document: Document, sealer: Sealer | None) -> Counter:
        identity = document["_id"].partition("|")[2]
        return Counter(identity, document["count"], document["version"], document["position"])

    def messages(self, aggregate: Counter, event: Any) -> Iterable[Message]:
        return (event,)


class CountersWork(Work):
    @property
    def counters(self) -> Counters:
        found: Counters = self.repository("counters", Counters)
        return found


class StartModule(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    module: str = Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")
    at: AwareDatetime


class Started(BaseModel):
    id: str
    count: int
    version: int


@router.post("/counters/{identity}", response_model=Started)
async def start_module(
    identity: str,
    body: StartModule,
    caller: Annotated[Staff, Needs(Permission.CONDUCT_MOMENT)],
    units: Annotated[Units[CountersWork], PortsOf],
) -> Any:
    async def use_case(work: CountersWork) -> Counter:
        counter = await work.counters.get(identity)
        counter.start(body.module, at=body.at, by=caller.hsa_id)
        await work.counters.save(counter)
        work.audit("counter.start", moment=identity)
        return counter

    counter = await units.run(caller, use_case)
    return Started(id=counter.id, count=counter.count, version=counter.version)


@router.post("/nothing/{identity}", response_model=Started)
async def do_nothing(
    identity: str, body: StartModule, caller: Annotated[Staff, Needs(Permission.CONDUCT_MOMENT)]
) -> Any:
    return Started(id=identity, count=len(body.module), version=1)


@asynccontextmanager
async def _units(here: Surroundings) -> AsyncIterator[Units[Any]]:
    """Units that commit in groups, or one by one where this process is the floor of that."""
    if os.environ.get("BENCH_PLAIN"):
        plain = PlainCommitter(here.room.client, here.room.database)
        yield Units(here.room, plain, CountersWork)
    else:
        yield here.units


SERVICE = Service(name="moments", work=CountersWork, routers=(router,), ports=_units)
