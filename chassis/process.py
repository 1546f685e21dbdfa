"""A process of a service: connects, serves its API or works its loops or both, and stops without dropping anything.

It starts in one order and stops in the reverse: no new requests and messages, then what is in flight, then the
connections. Infrastructure that stays away ends the process, and its supervisor starts a clean one.
"""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI

from chassis import telemetry
from chassis.clock import open_clock
from chassis.committer import Committer
from chassis.consumer import Consumer, kafka_connection
from chassis.gauges import Gauges
from chassis.grants import MongoGrants
from chassis.handling import Handling
from chassis.http.accounts import RegisteredAccounts
from chassis.http.app import create_app
from chassis.http.identity import Identity
from chassis.http.jwks import JwksCache
from chassis.http.ops import Check, create_ops_app
from chassis.http.permissions import Access
from chassis.http.server import server_of
from chassis.indexes import ensure_indexes
from chassis.keyring import Keyring
from chassis.leases import Lease
from chassis.logs import configure_logs
from chassis.loops import GivenUpError, Loop, Runner
from chassis.masterkey import FileMasterKey
from chassis.metrics import Metrics
from chassis.mongo import connect, database
from chassis.pseudonym import Pseudonyms
from chassis.relay import Producer, Relay
from chassis.retrying import Retrying
from chassis.service import Service, Surroundings
from chassis.settings import Settings, read_settings
from chassis.tenancy import Tenants
from chassis.timers import Timers
from chassis.units import Units
from chassis.work import Room
from contracts.access import GRANTS, Role
from contracts.registry import heard_by

_LEASE_SECONDS = 5.0
_FINISH_SECONDS = 20.0
_STALLED_SECONDS = 90.0
_CONNECT_SECONDS = 60.0
_WATCH_EVERY_SECONDS = 5.0

log = structlog.get_logger("chassis.process")


class StalledError(Exception):
    """No progress for so long that only a new start helps."""


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


class Worker:
    """What a worker runs: hearing, relaying, retrying, timers, and the service's own loops."""

    def __init__(self, service: Service, settings: Settings, here: Surroundings, ports: object) -> None:
        self._handling = Handling(here.room, service.reactions, service.work)
        self.consumer = Consumer(settings, service.name, heard_by(service.name), self._handling)
        self._producer = Producer(client_id=f"{service.name}-relay", **kafka_connection(settings))
        room = here.room
        self._relay = Relay(service.name, room.client, room.database, self._producer)
        runners: dict[str, Runner] = {
            "relay": self._relay,
            "retrying": Retrying(room.database, self._handling),
            "timers": Timers(room, service.on_time, service.work),
            **service.loops(here, ports),
        }
        holder = settings.instance or f"{socket.gethostname()}:{settings.port}"
        self.loops = [
            Loop(name, runner, Lease(room.database, name, holder, _LEASE_SECONDS))
            for name, runner in runners.items()
        ]
        self._gauges = Gauges(room, here.metrics, self.consumer, self._relay, self._handling)
        self._connected = asyncio.Event()
        self.given_up = asyncio.Event()

    @property
    def live(self) -> Mapping[str, Check]:
        return {"progress": self._progresses}

    @property
    def ready(self) -> Mapping[str, Check]:
        return {"assignment": self._is_assigned}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything runs inside; leaving stops taking, finishes what is in flight, and closes."""
        tasks = [asyncio.create_task(self._run(loop), name=loop.name) for loop in self.loops]
        beside = [
            asyncio.create_task(self._connect(), name="connecting"),
            asyncio.create_task(self._measure(), name="gauges"),
            asyncio.create_task(self._watch(), name="watch"),
        ]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside, timeout=_FINISH_SECONDS)
            # What hangs must not keep a process that has given up from ending.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FINISH_SECONDS):
                    await self.consumer.stop()
            for loop, task in zip(self.loops, tasks, strict=True):
                loop.stop()
                if not loop.runner.active:
                    # It waits for its lease or to be begun again: there is nothing to finish.
                    task.cancel()
            await asyncio.wait(tasks, timeout=_FINISH_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *beside, return_exceptions=True)
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(5):
                    await self._producer.stop()

    async def _connect(self) -> None:
        """Wait for a broker that is away at the start, while health, metrics and what needs no broker go on."""
        try:
            await self._producer.start_patiently()
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self.consumer.start()
            self._connected.set()
        except Exception as error:  # nobody awaits it: its failure is the process's
            log.error("given-up", loop="connecting", exc_info=error)
            self.given_up.set()

    async def _run(self, loop: Loop) -> None:
        if loop.runner is self._relay:
            await self._connected.wait()
        try:
            await loop.run()
        except GivenUpError as error:
            log.error("given-up", loop=loop.name, exc_info=error)
            self.given_up.set()

    async def _measure(self) -> None:
        while True:
            try:
                await self._gauges.run()
            except Exception as error:  # noqa: BLE001 (measuring must never end the process it measures)
                log.warning("gauges-failed", error=type(error).__name__)
                await asyncio.sleep(5)

    async def _watch(self) -> None:
        """Give up on what stalls, since most supervisors see nothing but the end of a process.

        Two looks in a row must say so: a consume loop that fails is dead for a moment before it is begun again, and a
        process that was itself suspended gets on as soon as it may.
        """
        looks = 0
        while looks < 2:
            await asyncio.sleep(_WATCH_EVERY_SECONDS)
            looks = looks + 1 if self._stalled() else 0
        log.error("stalled", stalled=self._stalled())
        self.given_up.set()

    def _stalled(self) -> list[str]:
        """What hangs: the consumer if it neither polls nor gets on with what it has, and loops."""
        got_on = max(self.consumer.progress_at, self._handling.progress_at)
        # To wait for the broker is not to hang: a process begun anew would wait no better.
        hangs = self._connected.is_set() and (
            not self.consumer.alive or time.monotonic() - got_on > _STALLED_SECONDS
        )
        return [*(["consumer"] if hangs else ()), *(loop.name for loop in self.loops if loop.stuck)]

    async def _progresses(self) -> None:
        if self._stalled():
            raise StalledError

    async def _is_assigned(self) -> None:
        if not self.consumer.assigned:
            raise StalledError


def texts_of(service: Service) -> list[Path]:
    file = Path(__file__).resolve().parents[1] / "services" / service.name / "texts" / "sv.yaml"
    return [file] if file.exists() else []


def _database_check(here: Surroundings) -> Check:
    async def check() -> None:
        await here.room.database.command("ping")

    return check


async def _serve_until_told(app: FastAPI, settings: Settings, worker: Worker | None) -> None:
    server = server_of(app, settings.host, settings.port, finish_seconds=_FINISH_SECONDS)
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
    await serving
    for end in ends:
        end.cancel()
    if worker is not None and worker.given_up.is_set():
        raise GivenUpError("The process ends so that a clean one can be started.")
