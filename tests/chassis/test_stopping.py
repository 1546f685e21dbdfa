"""A worker that stops begins nothing in the time it has, and ends within it whatever hangs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from chassis.leases import Lease, Tenure
from chassis.loops import GivenUpError, Loop, active
from chassis.process import _serve_until_told
from chassis.work import Room
from chassis.worker import Worker
from deploy.embedded.kafka import Kafka
from deploy.embedded.ports import HOST, free_port
from tests.chassis.workers import a_worker, seconds_to_leave_a_batch, settings_of
from tests.eventually import eventually

pytestmark = pytest.mark.timeout(60)


class Sending:
    """A runner that goes on until it is told to stop, or hangs in what it has begun."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.hangs = hangs
        self.active = False
        self.tenure: Tenure | None = None
        self.progress_at = time.monotonic()

    async def run(self, lease: Lease) -> None:
        async with active(self, lease) as holding:
            await (asyncio.Event() if self.hangs else holding.lost).wait()


def sends(worker: Worker, room: Room, *, hangs: bool = False) -> Sending:
    sending = Sending(hangs=hangs)
    worker.loops.append(Loop("sending", sending, Lease(room.database, "sending", "me", 5)))
    return sending


@asynccontextmanager
async def with_a_batch_in_hand(worker: Worker) -> AsyncIterator[None]:
    """The consumer does not get on with what it has, and so does not stop."""
    await eventually(lambda: worker.consumer.assigned, timeout=20)
    async with worker.consumer._in_flight:
        yield


async def test_no_loop_begins_anything_while_the_consumer_finishes_its_batch(
    room: Room, kafka: Kafka
) -> None:
    worker = a_worker(room, kafka)
    sending = sends(worker, room)
    running = worker.running()
    async with asyncio.timeout(40):
        await running.__aenter__()
        await eventually(lambda: sending.active)
        async with with_a_batch_in_hand(worker):
            stopping = asyncio.create_task(running.__aexit__(None, None, None))
            await eventually(lambda: not any(loop.runner.active for loop in worker.loops))
            assert not stopping.done()
        await stopping

    assert not worker.consumer.alive


async def test_all_that_hangs_is_left_at_the_same_time(
    room: Room, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.worker.FINISH_SECONDS", 4.0)
    worker = a_worker(room, kafka)
    sending = sends(worker, room, hangs=True)
    async with asyncio.timeout(40):
        assert await seconds_to_leave_a_batch(worker, once=lambda: sending.active) < 7.5


async def test_no_loop_begins_anything_while_a_request_is_answered(room: Room, kafka: Kafka) -> None:
    app, asked, may_answer = FastAPI(), asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> None:
        asked.set()
        await may_answer.wait()

    worker = a_worker(room, kafka)
    sending = sends(worker, room)
    settings = settings_of(kafka, host=HOST, port=free_port())
    async with asyncio.timeout(40), worker.running(), httpx.AsyncClient(timeout=30) as client:
        serving = asyncio.create_task(_serve_until_told(app, settings, worker))
        await eventually(lambda: is_open(settings.port), timeout=20)
        asking = asyncio.create_task(client.get(f"http://{HOST}:{settings.port}/slow"))
        await asked.wait()
        await eventually(lambda: sending.active)

        worker.given_up.set()

        await eventually(lambda: not any(loop.runner.active for loop in worker.loops))
        assert not asking.done()
        may_answer.set()
        assert (await asking).is_success
        with pytest.raises(GivenUpError):
            await serving


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    return True
