"""A worker of the counting service, as its process makes it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chassis.committer import Committer
from chassis.metrics import Metrics
from chassis.service import Service, Surroundings
from chassis.settings import Settings
from chassis.units import Units
from chassis.work import Room
from chassis.worker import Worker
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import SERVICE, Counting, counting
from tests.eventually import eventually


def settings_of(kafka: Kafka, **more: Any) -> Settings:
    return Settings(mongo_uri="mongodb://x", kafka_bootstrap=kafka.bootstrap, secrets=Path(), **more)


def a_worker(room: Room, kafka: Kafka, **more: Any) -> Worker:
    settings = settings_of(kafka, **more)
    committer = Committer(room.client, room.database)
    here = Surroundings(settings, room, Units(room, committer, Counting), committer, Metrics())
    service = Service(name=SERVICE, work=Counting, reactions=counting())
    return Worker(service, settings, here, None)


async def seconds_to_leave_a_batch(worker: Worker, *, once: Callable[[], bool] = lambda: True) -> float:
    """How long a worker takes to end that hangs in a batch from its first share on, once this is so."""
    batch = worker.consumer._in_flight  # noqa: SLF001
    async with worker.running():
        await eventually(once)
        await eventually(lambda: worker.consumer.assigned, timeout=20)
        await batch.acquire()
        began = time.monotonic()
    seconds = time.monotonic() - began
    batch.release()
    await worker.consumer.stop()
    return seconds
