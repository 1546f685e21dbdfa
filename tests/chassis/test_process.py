"""A process tells whether it lives, ends when only a new start helps, stops at once, and carries traces on."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import telemetry
from chassis.committer import Committer
from chassis.handling import Handling
from chassis.http.accounts import RegisteredAccounts
from chassis.http.identity import Staff
from chassis.leases import Lease, Tenure
from chassis.loops import GivenUpError, Loop, active
from chassis.metrics import Metrics
from chassis.process import api
from chassis.reactions import Heard, Reactions
from chassis.service import Service, Surroundings
from chassis.testing import a_record
from chassis.units import Units
from chassis.work import Room
from chassis.worker import StalledError
from contracts.moments import ModuleStarted
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import SERVICE, Counting, count, counting, started
from tests.chassis.workers import a_worker, settings_of
from tests.eventually import eventually

pytestmark = pytest.mark.timeout(60)


class Failing:
    """A runner that fails; having got on, if it is told to."""

    def __init__(self, failure: type[BaseException] = LookupError, *, gets_on: bool = False) -> None:
        self.failure = failure
        self.active = False
        self.tenure: Tenure | None = None
        self.progress_at = time.monotonic()
        self.gets_on = gets_on
        self.ran = 0

    async def run(self, lease: Lease) -> None:
        async with active(self, lease):
            self.ran += 1
            await asyncio.sleep(0.001)
            if self.gets_on:
                self.progress_at = time.monotonic()
            raise self.failure


@pytest.mark.parametrize("failure", [LookupError, asyncio.CancelledError])
async def test_a_loop_that_only_fails_is_given_up(
    room: Room, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    monkeypatch.setattr("chassis.loops._GIVE_UP_SECONDS", 0.3)
    failing = Failing(failure)

    with pytest.raises(GivenUpError):
        await asyncio.wait_for(Loop("x", failing, Lease(room.database, "x", "me", 2)).run(), 15)

    assert failing.ran > 1


async def test_a_loop_that_gets_on_between_its_failures_is_not_given_up(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.loops._GIVE_UP_SECONDS", 0.3)
    failing = Failing(gets_on=True)
    running = asyncio.create_task(Loop("x", failing, Lease(room.database, "x", "me", 2)).run())

    await eventually(lambda: failing.ran > 8)

    assert not running.done()
    running.cancel()


async def failed(check: Any) -> bool:
    try:
        await check()
    except StalledError:
        return True
    return False


async def test_a_worker_is_ready_when_it_has_its_share_and_stops_at_once(room: Room, kafka: Kafka) -> None:
    worker = a_worker(room, kafka)
    assert await failed(worker.ready["assignment"])

    async with asyncio.timeout(30), worker.running():
        await eventually(lambda: worker.consumer.assigned, timeout=20)
        assert not await failed(worker.ready["assignment"])
        assert not await failed(worker.live["progress"])
        began = time.monotonic()

    assert time.monotonic() - began < 6


async def test_a_worker_that_waits_for_another_ones_leases_stops_at_once(room: Room, kafka: Kafka) -> None:
    for name in ("relay", "retrying", "timers"):
        assert await Lease(room.database, name, "another", 60).acquire()
    worker = a_worker(room, kafka)

    async with asyncio.timeout(30), worker.running():
        await eventually(lambda: worker.consumer.assigned, timeout=20)
        assert not await failed(worker.live["progress"]), "to wait for a lease is to be in order"
        began = time.monotonic()

    assert time.monotonic() - began < 6


async def test_a_worker_whose_consume_loop_is_dead_does_not_live(room: Room, kafka: Kafka) -> None:
    worker = a_worker(room, kafka)
    async with asyncio.timeout(30), worker.running():
        await eventually(lambda: worker.consumer.assigned, timeout=20)

        worker.consumer._subscriber.tasks[0].cancel()

        await eventually(lambda: failed(worker.live["progress"]))


async def test_a_worker_that_is_stuck_does_not_live(
    room: Room, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = a_worker(room, kafka)
    async with asyncio.timeout(30), worker.running():
        await eventually(lambda: worker.consumer.assigned, timeout=20)

        monkeypatch.setattr("chassis.worker._STALLED_SECONDS", -1.0)

        assert await failed(worker.live["progress"])


async def test_a_loop_that_holds_its_lease_and_does_not_get_on_is_stuck(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, waiting = Hanging(), Hanging()
    loops = [
        Loop("x", runner, Lease(room.database, "x", name, 5))
        for runner, name in ((hanging, "a"), (waiting, "b"))
    ]
    tasks = [asyncio.create_task(loops[0].run())]
    await eventually(lambda: hanging.active)
    tasks.append(asyncio.create_task(loops[1].run()))
    assert not loops[0].stuck

    monkeypatch.setattr("chassis.loops._STUCK_SECONDS", -1.0)

    assert [loop.stuck for loop in loops] == [True, False]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Hanging(Failing):
    """A runner that never gets on."""

    async def run(self, lease: Lease) -> None:
        async with active(self, lease):
            await asyncio.Event().wait()


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = telemetry.make_provider(SERVICE, "worker", exporter)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


async def test_one_trace_runs_from_a_request_through_the_outbox_to_the_reaction_and_on(
    room: Room, tenant: str, spans: InMemorySpanExporter
) -> None:
    units = Units(room, Committer(room.client, room.database), Counting)
    caller = Staff(tenant, "SE2321000131-P1", "SE2321000131-E1")
    with telemetry.span("POST /steps") as request:
        await units.run(caller, lambda work: count("m1", "s1", work))
    [said] = await room.database["outbox"].find().to_list(None)

    seen: list[str] = []
    reactions = Reactions()

    @reactions.on(ModuleStarted)
    async def see(heard: Heard[ModuleStarted], work: Counting) -> None:
        seen.append(str(work.trace))
        await count("m2", "s1", work)

    await Handling(room, reactions, Counting).handle(
        [a_record(started("m1"), tenant=tenant, trace=said["trace"])]
    )

    trace_id = f"{request.get_span_context().trace_id:032x}"
    [onward] = await room.database["outbox"].find({"key": "m2"}).to_list(None)
    assert said["trace"].split("-")[1] == trace_id
    assert seen[0].split("-")[1] == trace_id
    assert onward["trace"] == seen[0] != said["trace"]


async def test_in_a_batch_each_message_goes_on_in_its_own_trace(
    room: Room, tenant: str, spans: InMemorySpanExporter
) -> None:
    traces = [f"00-{n:032x}-{n:016x}-01" for n in (1, 2, 3)]
    batch = [a_record(started(f"m{n}"), tenant=tenant, trace=each) for n, each in enumerate(traces)]

    await Handling(room, counting(), Counting).handle(batch)

    said = await room.database["outbox"].find().sort("key", 1).to_list(None)
    assert [document["trace"].split("-")[1] for document in said] == [each.split("-")[1] for each in traces]


async def test_an_unrecorded_trace_is_carried_on_without_spans(
    room: Room, tenant: str, spans: InMemorySpanExporter
) -> None:
    unrecorded = "00-" + "1" * 32 + "-" + "2" * 16 + "-00"
    handling = Handling(room, counting(), Counting)

    await handling.handle([a_record(started("m1"), tenant=tenant, trace=unrecorded)])

    [said] = await room.database["outbox"].find().to_list(None)
    assert said["trace"] == unrecorded
    assert not spans.get_finished_spans()


async def test_an_api_checks_residents_accounts_at_the_register(room: Room, kafka: Kafka) -> None:
    settings, committer = settings_of(kafka), Committer(room.client, room.database)
    here = Surroundings(settings, room, Units(room, committer, Counting), committer, Metrics())

    async with api(Service(name=SERVICE, work=Counting), here, None) as app:
        assert isinstance(app.state.access.accounts, RegisteredAccounts)
