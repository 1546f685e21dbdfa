"""Workers on the real broker and database, killed, frozen and cut off: nothing lost, once, in order per key."""

import asyncio
import json
import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from deploy.embedded.ports import free_port
from tests.eventually import eventually
from tests.faults.world import Worker, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


async def test_kills_and_freezes_of_workers_with_failing_handlers(world: World) -> None:
    workers = [world.a_worker(FAIL_EVERY="33"), world.a_worker(FAIL_EVERY="33")]
    for worker in workers:
        await eventually(worker.is_ready, timeout=30)

    for _ in range(4):
        await world.hears(500)
        await eventually(lambda: world.has_counted(random.randrange(1, 400)), timeout=30)
        victim = random.choice(workers)
        if random.random() < 0.5:
            victim.program.kill()
            victim.program.start()
        else:
            victim.program.pause()
            enough = await world.how_many() + 1
            if enough <= sum(map(len, world.told.values())):
                await eventually(lambda enough=enough: world.has_counted(enough), timeout=30)
            victim.program.resume()

    try:
        await eventually(world.has_counted_all, timeout=60)
    except AssertionError:
        print(world.logs())
        raise
    assert await world.diary() == world.told
    print(f"2000 messages, {await world.database['parked'].count_documents({})} left parked")


async def test_a_new_tenants_topic_is_found_within_seconds_and_another_version_is_not_read(
    world: World,
) -> None:
    worker = world.a_worker()
    await eventually(worker.is_ready, timeout=30)
    newcomer = f"{world.tenant}new"
    world.topics.make(f"{newcomer}.moments.moment.v1", f"{newcomer}.moments.moment.v10")
    await world.hears(5, tenant=newcomer, name=f"{newcomer}.moments.moment.v10")
    world.told.clear()

    began = time.monotonic()
    await world.hears(5, tenant=newcomer)
    await eventually(world.has_counted_all, timeout=15)

    print(f"found after {time.monotonic() - began:.1f} s")
    assert await world.database["inbox"].count_documents({}) == 5


async def test_no_offset_passes_while_the_database_is_away(world: World) -> None:
    worker = world.a_worker()
    await eventually(worker.is_ready, timeout=30)
    await world.hears(50)
    await eventually(world.has_counted_all, timeout=30)
    await eventually(lambda: has_committed(world, 50))

    await asyncio.to_thread(world.mongod.kill)
    await world.hears(200)
    await eventually(lambda: waits_for_the_database(world), timeout=30)
    assert await world.committed() == 50
    assert await worker.status("ready") == 503
    await asyncio.to_thread(world.mongod.start)

    await eventually(world.has_counted_all, timeout=40)
    await eventually(lambda: has_committed(world, 250))
    await eventually(worker.is_ready)


async def has_committed(world: World, offsets: int) -> bool:
    return await world.committed() == offsets


async def waits_for_the_database(world: World) -> bool:
    return "handling-waits" in world.logs()


async def test_a_worker_told_to_end_while_its_database_is_away_ends_and_loses_nothing(world: World) -> None:
    worker = world.a_worker()
    await eventually(worker.is_ready, timeout=30)
    await asyncio.to_thread(world.mongod.kill)
    await world.hears(100)
    await eventually(lambda: waits_for_the_database(world), timeout=30)

    began = time.monotonic()
    code = await asyncio.to_thread(worker.program.end, 40)
    print(f"ended after {time.monotonic() - began:.1f} s")
    assert code == 0, world.logs()

    await asyncio.to_thread(world.mongod.start)
    worker.program.start()
    await eventually(world.has_counted_all, timeout=40)


async def test_a_worker_told_to_end_finishes_and_commits_what_is_in_flight(world: World) -> None:
    worker = world.a_worker(SLOW_MS="20")
    await eventually(worker.is_ready, timeout=30)
    await world.hears(200)
    await eventually(lambda: has_begun(world), timeout=20)

    assert await asyncio.to_thread(worker.program.end) == 0, world.logs()

    handled = await world.database["inbox"].count_documents({})
    assert handled > 0
    assert await world.committed() == handled
    worker.program.start()
    await eventually(world.has_counted_all, timeout=40)


async def has_begun(world: World) -> bool:
    return await world.database["inbox"].count_documents({}) > 0


async def test_it_goes_on_when_the_broker_was_away(world: World) -> None:
    worker = world.a_worker()
    await eventually(worker.is_ready, timeout=30)
    await world.hears(100)
    await eventually(lambda: world.has_counted(1), timeout=20)

    await asyncio.to_thread(world.kafka.kill)
    try:
        await world.says("m1", "m2")
    finally:
        await asyncio.to_thread(world.kafka.start)
    await world.hears(100)

    await eventually(world.has_counted_all, timeout=60)
    await eventually(lambda: has_said_all(world), timeout=60)
    assert {"while-away-m1", "while-away-m2"} <= {
        said.id for said in world.topics.read(f"{world.tenant}.flags.flag.v1")
    }
    assert worker.program.runs


async def test_a_worker_that_begins_while_the_broker_is_away_lives_and_measures_until_it_is_back(
    world: World,
) -> None:
    await asyncio.to_thread(world.kafka.kill)
    try:
        worker = world.a_worker()
        await eventually(lambda: has_status(worker, "live", 200), timeout=30)
        await world.says("m1")

        await eventually(lambda: measures(worker, "sob_chassis_outbox_lag 1.0"), timeout=20)
        assert await worker.status("ready") == 503
    finally:
        await asyncio.to_thread(world.kafka.start)

    await eventually(worker.is_ready, timeout=60)
    await eventually(lambda: has_said_all(world), timeout=60)
    assert worker.program.runs


async def test_a_worker_told_to_end_while_the_broker_is_away_ends_at_once(world: World) -> None:
    worker = world.a_worker(SOB_KAFKA_BOOTSTRAP=f"127.0.0.1:{free_port()}")
    await eventually(lambda: has_status(worker, "live", 200), timeout=30)

    assert await asyncio.to_thread(worker.program.end, 10) == 0, world.logs()


async def has_status(worker: Worker, kind: str, status: int) -> bool:
    return await worker.status(kind) == status


async def measures(worker: Worker, line: str) -> bool:
    return line in await worker.metrics()


async def has_said_all(world: World) -> bool:
    return not await world.database["outbox"].count_documents({})


async def test_a_worker_killed_and_started_in_place_keeps_its_partitions(world: World) -> None:
    """Static membership: the survivor is not disturbed, and nobody waits for a session to run out."""
    workers = [world.a_worker(), world.a_worker()]
    for worker in workers:
        await eventually(worker.is_ready, timeout=30)
    await world.hears(40)
    await eventually(world.has_counted_all, timeout=30)

    workers[0].program.kill()
    began = time.monotonic()
    workers[0].program.start()
    await world.hears(40)
    await eventually(world.has_counted_all, timeout=30)

    print(f"all handled {time.monotonic() - began:.1f} s after the kill")


async def test_timers_fire_once_across_two_workers_and_kills(world: World) -> None:
    now = datetime.now(UTC)
    timers = [
        {
            "_id": f"{world.tenant}|ring|k{n}",
            "tenant": world.tenant,
            "kind": "ring",
            "key": f"k{n}",
            "due_at": now + timedelta(milliseconds=20 * n),
            "data": {},
            "attempts": 0,
            "retry_at": None,
        }
        for n in range(400)
    ]
    workers = [world.a_worker(), world.a_worker()]
    for worker in workers:
        await eventually(worker.is_ready, timeout=30)
    await world.database["timers"].insert_many(timers)

    for part in (50, 150, 250):
        await eventually(lambda part=part: has_fired(world, part), timeout=30)
        victim = random.choice(workers)
        victim.program.kill()
        victim.program.start()
    await eventually(lambda: has_fired(world, 400), timeout=60)

    fired = [document["key"] for document in await world.database["fired"].find().to_list(None)]
    assert sorted(fired) == sorted(f"k{n}" for n in range(400))
    assert await world.database["timers"].count_documents({}) == 0


async def has_fired(world: World, how_many: int) -> bool:
    return await world.database["fired"].count_documents({}) >= how_many


async def test_a_worker_that_hears_of_no_topic_is_ready_and_lives(world: World) -> None:
    world.topics.delete(*list(world.topics.made))

    worker = world.a_worker()

    await eventually(worker.is_ready, timeout=30)
    assert await worker.status("live") == 200


async def test_what_a_worker_measures_is_told(world: World) -> None:
    worker = world.a_worker()
    await eventually(worker.is_ready, timeout=30)
    await world.hears(3, keys=3)
    await eventually(world.has_counted_all, timeout=20)

    async def tells() -> bool:
        text = await worker.metrics()
        return 'sob_chassis_inbox_handled_total{group="flags",outcome="handled"} 3.0' in text

    await eventually(tells, timeout=15)
    text = await worker.metrics()
    for name in ("outbox_oldest_age", "outbox_lag", "parked_dead", "inbox_lag", "timers_oldest_age"):
        assert f"sob_chassis_{name}" in text, name


async def test_dead_messages_are_listed_shown_replayed_and_discarded_by_command(world: World) -> None:
    worker = world.a_worker()
    await eventually(worker.is_ready, timeout=30)
    await world.hears_nonsense(b"{private words", b"{}")
    await eventually(lambda: has_dead(world, 2), timeout=20)

    listed = [json.loads(line) for line in (await world.command("dead", "list")).splitlines()]
    assert sorted(dead["error"] for dead in listed) == ["not-json", "not-the-schema:missing"]
    shown = await world.command("dead", "show", listed[0]["id"])
    assert json.loads(shown) == listed[0]
    assert "private" not in shown

    await world.command("dead", "replay", listed[0]["id"])
    await eventually(lambda: has_dead(world, 2), timeout=20)
    for dead in listed:
        await world.command("dead", "discard", dead["id"])

    assert await world.command("dead", "list") == ""
    assert "There is no dead message with this id" in await world.command("dead", "show", listed[0]["id"])


async def has_dead(world: World, how_many: int) -> bool:
    return await world.database["parked"].count_documents({"state": "dead"}) == how_many
