"""The real consumer in an actor. `edge`: it validates and commits offsets, nothing else; `full`: with its handling.

In full it hears all the time, and tells when how many effects were committed and when each was.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import ConsumerRecord

from bench.acting import Task, act
from bench.subjects.tallies import SERVICE
from chassis.consumer import Consumer
from chassis.handling import Handling
from chassis.process import surroundings
from chassis.service import Surroundings
from chassis.settings import Settings, read_settings
from contracts.registry import heard_by

_PATIENCE_SECONDS = 120.0

# What it holds stays open until the process ends.
_open = contextlib.AsyncExitStack()


class Watched(Handling):
    """Counts what has been handled, and knows when."""

    def __init__(self, here: Surroundings) -> None:
        super().__init__(here.room, SERVICE.reactions, SERVICE.work)
        self.count = 0
        self.began_at = 0.0
        self.changed = asyncio.Condition()

    def reset(self) -> None:
        self.count, self.began_at = 0, 0.0

    async def note(self, count: int) -> None:
        async with self.changed:
            self.count += count
            self.changed.notify_all()

    async def reached(self, count: int) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS), self.changed:
            await self.changed.wait_for(lambda: self.count >= count)


class Reading(Watched):
    """Opens and validates each record, and does nothing with it."""

    async def handle(self, records: Sequence[ConsumerRecord], *, look_first: bool = False) -> None:
        self.began_at = self.began_at or time.perf_counter()
        for record in records:
            self.read(record)
        await self.note(len(records))


class Doing(Watched):
    """The whole handling; keeps when each message's effect was committed, by key."""

    def __init__(self, here: Surroundings) -> None:
        super().__init__(here)
        self.effects: list[tuple[Any, float, Any]] = []

    async def handle(self, records: Sequence[ConsumerRecord], *, look_first: bool = False) -> None:
        await super().handle(records, look_first=look_first)
        now = time.time()
        self.effects += [(record.key, now, record.value) for record in records]
        await self.note(len(records))


async def open_tasks() -> Mapping[str, Task]:
    settings = read_settings(Settings)
    here = await _open.enter_async_context(surroundings(SERVICE, settings))
    return _edge(settings, here) if sys.argv[1] == "edge" else await _full(settings, here)


def _edge(settings: Settings, here: Surroundings) -> Mapping[str, Task]:
    async def hear(messages: int) -> dict[str, Any]:
        """From the first batch to the last commit, after the group was joined."""
        reading = Reading(here)
        consumer = Consumer(settings, SERVICE.name, heard_by(SERVICE.name), reading)
        await consumer.start()
        await reading.reached(messages)
        # The last batch commits its offsets before it lets go.
        async with consumer._in_flight:  # noqa: SLF001 (what is measured ends there, and nobody else asks)
            seconds = time.perf_counter() - reading.began_at
        await consumer.stop()
        return {"seconds": seconds}

    return {"hear": hear}


async def _full(settings: Settings, here: Surroundings) -> Mapping[str, Task]:
    doing = Doing(here)
    consumer = Consumer(settings, SERVICE.name, heard_by(SERVICE.name), doing)
    await consumer.start()
    async with asyncio.timeout(60):
        while not consumer.assigned:  # noqa: ASYNC110 (it tells by a property, as readiness asks it)
            await asyncio.sleep(0.05)

    async def reset() -> None:
        doing.reset()
        doing.effects.clear()

    async def reached(messages: int) -> dict[str, Any]:
        """When that many effects had been committed since the reset."""
        await doing.reached(messages)
        return {"at": doing.effects[-1][1]}

    async def effects() -> dict[str, Any]:
        """When each key's latest effect was committed, and what `at` its message said."""
        said = [(key.decode(), at, _at(value)) for key, at, value in doing.effects]
        return {"effects": said}

    return {"reset": reset, "reached": reached, "effects": effects, "stop": consumer.stop}


def _at(value: Any) -> str:
    return str(value.partition(b'"at":"')[2].partition(b'"')[0], "ascii")


if __name__ == "__main__":
    act(open_tasks)
