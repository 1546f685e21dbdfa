"""A process of a service: connects, serves its API or works its loops or both, and stops without dropping anything.

It starts in one order and stops in the reverse: no new requests and messages, then what is in flight, then the
connections. Infrastructure that stays away ends the process, and its supervisor starts a clean one.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI

from chassis import telemetry
from chassis.clock import open_clock
from chassis.committer import Committer
from chassis.grants import MongoGrants
from chassis.http.accounts import RegisteredAccounts
from chassis.http.app import create_app
from chassis.http.identity import Identity
from chassis.http.jwks import JwksCache
from chassis.http.ops import Check, create_ops_app
from chassis.http.permissions import Access
from chassis.http.server import server_of
from chassis.indexes import ensure_indexes
from chassis.keyring import Keyring
from chassis.logs import configure_logs
from chassis.loops import GivenUpError
from chassis.masterkey import FileMasterKey
from chassis.metrics import Metrics
from chassis.mongo import connect, database
from chassis.pseudonym import Pseudonyms
from chassis.service import Service, Surroundings
from chassis.settings import Settings, read_settings
from chassis.tenancy import Tenants
from chassis.units import Units
from chassis.work import Room
from chassis.worker import FINISH_SECONDS, Worker
from contracts.access import GRANTS, Role


@asynccontextmanager
async def surroundings(service: Service, settings: Settings) -> AsyncIterator[Surroundings]:
    """Everything a process of the service has at hand; also what commands and tests stand on."""
    tenants = Tenants.load(settings.tenants)
    service.demands(tenants)
    client = connect(settings.mongo_uri)
    try:
        room = Room(
            service=service.name,
            client=client,
            database=database(client, service.name),
            keyring=Keyring(
                database(client, f"{service.name}_keys"), service.name, FileMasterKey.load(settings.secrets)
            ),
            clock=open_clock(settings.clock_file),
            tenants=tenants,
            pseudonyms=Pseudonyms.load(settings.secrets),
        )
        committer = Committer(client, room.database)
        await ensure_indexes(room.database, service.indexes)
        yield Surroundings(settings, room, Units(room, committer, service.work), committer, Metrics())
    finally:
        client.close()


async def serve(service: Service, kind: str) -> None:
    """Run a process of `kind` api, worker or all until it is told to stop."""
    settings = read_settings(service.settings)
    configure_logs(service.name, kind, settings.log_level)
    provider = telemetry.start_telemetry(service.name, kind, settings.otlp_endpoint)
    try:
        async with AsyncExitStack() as stack:
            here = await stack.enter_async_context(surroundings(service, settings))
            ports = await stack.enter_async_context(service.ports(here))
            worker = Worker(service, settings, here, ports) if kind != "api" else None
            if worker is not None:
                await stack.enter_async_context(worker.running())
            live: Mapping[str, Check] = worker.live if worker is not None else {}
            ready: dict[str, Check] = {
                "database": _database_check(here),
                **(worker.ready if worker is not None else {}),
            }
            if kind == "worker":
                app = create_ops_app(here.metrics, live=live, ready=ready)
            else:
                app = await stack.enter_async_context(api(service, here, ports, live=live, ready=ready))
            await _serve_until_told(app, settings, worker)
    finally:
        provider.shutdown()


@asynccontextmanager
async def api(
    service: Service,
    here: Surroundings,
    ports: object,
    *,
    live: Mapping[str, Check] | None = None,
    ready: Mapping[str, Check] | None = None,
) -> AsyncIterator[FastAPI]:
    """The service's API as an application; tests drive it as it is."""
    async with httpx.AsyncClient() as client:
        room = here.room
        identity = Identity(room.tenants, JwksCache(client), room.clock, room.pseudonyms)
        accounts = RegisteredAccounts(client, here.settings.directory_url)
        access = Access(identity, MongoGrants(room.database), GRANTS, Role.CAREGIVER_ADMIN, accounts)
        app = create_app(
            service.name,
            service.routers,
            access,
            metrics=here.metrics,
            texts=texts_of(service),
            live=live,
            ready=ready,
        )
        app.state.surroundings = here
        app.state.ports = ports
        yield app


def texts_of(service: Service) -> list[Path]:
    file = Path(__file__).resolve().parents[1] / "services" / service.name / "texts" / "sv.yaml"
    return [file] if file.exists() else []


def _database_check(here: Surroundings) -> Check:
    async def check() -> None:
        await here.room.database.command("ping")

    return check


async def _serve_until_told(app: FastAPI, settings: Settings, worker: Worker | None) -> None:
    server = server_of(app, settings.host, settings.port, finish_seconds=FINISH_SECONDS)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told.set)
    serving = asyncio.create_task(server.serve())
    ends = [asyncio.create_task(told.wait())]
    if worker is not None:
        ends.append(asyncio.create_task(worker.given_up.wait()))
    await asyncio.wait([serving, *ends], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    if worker is not None:
        # Requests under way may take all the time that a stopping process has.
        worker.take_up_no_more()
    await serving
    for end in ends:
        end.cancel()
    if worker is not None and worker.given_up.is_set():
        raise GivenUpError("The process ends so that a clean one can be started.")
