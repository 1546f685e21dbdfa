"""What a service is: one declaration of everything that comes in and goes out, from which its processes are made."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from fastapi import Depends, Request

from chassis.committer import Committer
from chassis.http.routing import Router
from chassis.indexes import Indexes
from chassis.loops import Runner
from chassis.metrics import Metrics
from chassis.reactions import Reactions
from chassis.settings import Settings
from chassis.tenancy import Tenants
from chassis.timers import OnTime
from chassis.units import Units
from chassis.work import Room, Work


@dataclass(frozen=True)
class Surroundings:
    """What a process of a service has at hand once it is connected."""

    settings: Any
    room: Room
    units: Units[Any]
    committer: Committer
    metrics: Metrics


def _nothing(surroundings: Surroundings) -> AbstractAsyncContextManager[Any]:
    return nullcontext()


def _no_demands(tenants: Tenants) -> None:
    return


def _no_loops(surroundings: Surroundings, ports: Any) -> Mapping[str, Runner]:
    return {}


@dataclass(frozen=True)
class Service:
    """A service. `ports` opens what it calls outside (a directory, a provider) for as long as the process lives;

    `demands` is what it asks of tenant files beyond their schema, and raises TenantFileError for one that is wrong;
    `loops` are its own leased loops in the worker; `on_time` answers its timers; `work` is its unit of work.
    """

    name: str
    work: type[Work] = Work
    routers: tuple[Router, ...] = ()
    reactions: Reactions = field(default_factory=Reactions)
    on_time: Mapping[str, OnTime] = field(default_factory=dict)
    indexes: Indexes = field(default_factory=dict)
    settings: type[Settings] = Settings
    demands: Callable[[Tenants], None] = _no_demands
    ports: Callable[[Surroundings], AbstractAsyncContextManager[Any]] = _nothing
    loops: Callable[[Surroundings, Any], Mapping[str, Runner]] = _no_loops
    commands: typer.Typer | None = None


# FastAPI runs plain functions in a thread, which would double the cost of a request: these are coroutines.
async def _surroundings(request: Request) -> Surroundings:
    found: Surroundings = request.app.state.surroundings
    return found


async def _units(request: Request) -> Units[Any]:
    here: Surroundings = request.app.state.surroundings
    return here.units


async def _ports(request: Request) -> Any:
    return request.app.state.ports


# How an endpoint asks for what it needs: `units: UnitsOf`, `ports: Annotated[MyPorts, PortsOf]`, `here: Here`.
UnitsOf = Annotated[Units[Any], Depends(_units)]
PortsOf = Depends(_ports)
Here = Annotated[Surroundings, Depends(_surroundings)]
