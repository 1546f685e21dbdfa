"""A worker that hangs ends, whatever hangs, and one that has a lot to do is let do it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.errors import KafkaError

from chassis.handling import Handling
from chassis.reactions import Heard, Reactions
from chassis.retrying import Retrying
from chassis.work import Room
from contracts.moments import ModuleStarted
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import Counting, records, started
from tests.chassis.workers import a_worker, seconds_to_leave_a_batch
from tests.eventually import eventually

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than a poll that brings nothing.
    monkeypatch.setattr("chassis.worker._STALLED_SECONDS", 3.0)
    monkeypatch.setattr("chassis.worker._WATCH_EVERY_SECONDS", 0.05)
    monkeypatch.setattr("chassis.worker.FINISH_SECONDS", 1.0)


async def test_a_worker_whose_polls_fail_for_ever_gives_up(room: Room, kafka: Kafka) -> None:
    worker = a_worker(room, kafka)

    async def fails(client: Any) -> None:
        raise KafkaError

    async with asyncio.timeout(30), worker.running():
        await eventually(lambda: worker.consumer.assigned, timeout=20)
        assert not worker.given_up.is_set()

        worker.consumer._subscriber.get_msg = fails

        await eventually(worker.given_up.is_set)


async def test_a_worker_whose_loop_hangs_gives_up(
    room: Room, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = a_worker(room, kafka)
    async with asyncio.timeout(30), worker.running():
        await eventually(lambda: any(loop.runner.active for loop in worker.loops))

        monkeypatch.setattr("chassis.loops._STUCK_SECONDS", -1.0)

        await eventually(worker.given_up.is_set)


async def test_a_worker_that_hangs_in_a_batch_ends_all_the_same(room: Room, kafka: Kafka) -> None:
    worker = a_worker(room, kafka)
    async with asyncio.timeout(30):
        assert await seconds_to_leave_a_batch(worker) < 8


async def test_what_is_begun_again_at_once_has_not_stalled(
    room: Room, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = a_worker(room, kafka)
    looks: list[list[str]] = []

    def every_other_time() -> list[str]:
        looks.append(["consumer"] if len(looks) % 2 else [])
        return looks[-1]

    monkeypatch.setattr(worker, "_stalled", every_other_time)
    async with asyncio.timeout(30), worker.running():
        await eventually(lambda: len(looks) > 10)

        assert not worker.given_up.is_set()


class Seen:
    """A service all of whose reactions fail, and that notes when whoever handles or retries said to have got on."""

    def __init__(self, room: Room) -> None:
        self.progress: list[float] = []
        self.watched: Handling | Retrying
        reactions = Reactions()

        @reactions.on(ModuleStarted)
        async def fail_on_module_started(heard: Heard[ModuleStarted], work: Counting) -> None:
            self.progress.append(self.watched.progress_at)
            raise ValueError

        self.handling = Handling(room, reactions, Counting)
        self.retrying = Retrying(room.database, self.handling)
        self.watched = self.handling


def of_ten_moments(tenant: str) -> Iterator[Any]:
    return iter(records(tenant, *(started(f"m{n}") for n in range(10))))


async def test_a_batch_in_which_much_fails_gets_on_with_each_message(room: Room, tenant: str) -> None:
    seen = Seen(room)

    await seen.handling.handle([*of_ten_moments(tenant)])

    assert len(set(seen.progress)) >= 10


async def test_a_long_round_of_retries_gets_on_with_each_message(room: Room, tenant: str) -> None:
    seen = Seen(room)
    await seen.handling.handle([*of_ten_moments(tenant)])
    await due(room)
    seen.watched, seen.progress = seen.retrying, []

    assert await seen.retrying.retry_due() == 10

    assert len(set(seen.progress)) == 10


async def test_a_round_of_retries_ends_where_it_is_told_to(room: Room, tenant: str) -> None:
    seen = Seen(room)
    await seen.handling.handle([*of_ten_moments(tenant)])
    await due(room)
    seen.progress = []

    assert await seen.retrying.retry_due(lambda: len(seen.progress) < 3) == 3

    assert len(seen.progress) == 3


async def due(room: Room) -> None:
    await room.database["parked"].update_many({}, [{"$set": {"due_at": {"$subtract": ["$due_at", 10_000]}}}])
