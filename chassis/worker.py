"""The worker of a service: what it runs, what of that lives, and how it stops without dropping anything.

What stops has little time and begins nothing in it: every loop is told at once, what is in flight is finished side by
side, then the connections are closed. What stalls ends the process, and its supervisor starts a clean one.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import structlog
from aiokafka.errors import KafkaError

from chassis.consumer import Consumer, kafka_connection
from chassis.gauges import Gauges
from chassis.handling import Handling
from chassis.http.ops import Check
from chassis.leases import Lease
from chassis.loops import GivenUpError, Loop, Runner
from chassis.relay import Producer, Relay
from chassis.retrying import Retrying
from chassis.service import Service, Surroundings
from chassis.settings import Settings
from chassis.timers import Timers
from contracts.registry import heard_by

# So long a process that stops waits for what it has begun.
FINISH_SECONDS = 20.0
_LEASE_SECONDS = 5.0
_STALLED_SECONDS = 90.0
_CONNECT_SECONDS = 60.0
_WATCH_EVERY_SECONDS = 5.0

log = structlog.get_logger("chassis.worker")


class StalledError(Exception):
    """No progress for so long that only a new start helps."""


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
        # Loops that have not been told to stop.
        self._untold: dict[asyncio.Task[None], Loop] = {}
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
        self._untold = dict(zip(tasks, self.loops, strict=True))
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
            self.take_up_no_more()
            leaving = asyncio.create_task(self._leave(beside), name="leaving")
            ending = [leaving, *tasks, *beside]
            await asyncio.wait(ending, timeout=FINISH_SECONDS)
            # What hangs must not keep a process that has given up from ending.
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(5):
                    await self._producer.stop()
        # Its failure is the process's; what took too long has been left.
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            leaving.result()

    def take_up_no_more(self) -> None:
        """Tell every loop to finish what it is at: nothing new is begun while anything else still takes its time."""
        while self._untold:
            task, loop = self._untold.popitem()
            loop.stop()
            if not loop.runner.active:
                # It waits for its lease or to be begun again: there is nothing to finish.
                task.cancel()

    async def _leave(self, beside: Collection[asyncio.Task[None]]) -> None:
        """Stop the consumer, once nobody may still be starting it."""
        await asyncio.wait(beside)
        await self.consumer.stop()

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
