"""Group commit: everything durable exactly once, and nobody pays for a stranger's mistake."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chassis.changes import Changes, SavedFirstError
from chassis.committer import Committer
from chassis.errors import DuplicateKeyError
from chassis.http.problems import Problems
from chassis.http.texts import Texts
from chassis.mongo import UnavailableError
from chassis.testing import a_room
from chassis.units import Units
from chassis.work import Room
from deploy.embedded.mongod import Mongod
from tests.chassis.counting import SERVICE, Counter, Counting, steps_of

Made = Callable[[int], Changes]


@pytest_asyncio.fixture(loop_scope="function")
async def committer(room: Room) -> Committer:
    return Committer(room.client, room.database)


async def a_new_counter(room: Room, tenant: str, name: str) -> Changes:
    work = Counting(room, tenant)
    counter = Counter(name)
    counter.step("made")
    await work.counters.save(counter)
    return await work.finish()


async def a_step(room: Room, tenant: str, name: str, step: str) -> Changes:
    work = Counting(room, tenant)
    counter = await work.counters.get(name)
    counter.step(step)
    await work.counters.save(counter)
    return await work.finish()


async def outcomes(committer: Committer, changes: list[Changes]) -> list[Any]:
    return await asyncio.gather(*(committer.commit(each) for each in changes), return_exceptions=True)


async def test_two_hundred_at_once_are_all_there_once(room: Room, committer: Committer, tenant: str) -> None:
    changes = [await a_new_counter(room, tenant, f"c{n}") for n in range(200)]

    assert await outcomes(committer, changes) == [None] * 200

    assert await room.database["counters"].count_documents({}) == 200
    assert await room.database["outbox"].count_documents({}) == 200


async def test_commands_that_wait_go_together(room: Room, committer: Committer, tenant: str) -> None:
    changes = [await a_new_counter(room, tenant, f"c{n}") for n in range(100)]
    before = await transactions(room)

    await outcomes(committer, changes)

    assert await transactions(room) - before < 20


async def transactions(room: Room) -> int:
    status = await room.client["admin"].command("serverStatus")
    return int(status["transactions"]["totalCommitted"])


def a_duplicate(tenant: str) -> Changes:
    changes = Changes()
    changes.insert("counters", {"_id": f"{tenant}|there"})
    return changes


def stale(tenant: str) -> Changes:
    changes = Changes()
    changes.replace("counters", {"_id": f"{tenant}|there", "version": 9}, version=8)
    return changes


def too_large(tenant: str) -> Changes:
    changes = Changes()
    changes.insert("counters", {"_id": f"{tenant}|large", "bytes": b"x" * 17_000_000})
    return changes


def no_document(tenant: str) -> Changes:
    changes = Changes()
    changes.insert("counters", {"_id": f"{tenant}|odd", "value": object()})
    return changes


def too_great_a_number(tenant: str) -> Changes:
    changes = Changes()
    changes.insert("counters", {"_id": f"{tenant}|great", "value": 2**70})
    return changes


@pytest.mark.parametrize("poisoned", [a_duplicate, stale, too_large, no_document, too_great_a_number])
async def test_a_poisoned_command_never_fails_its_neighbours(
    room: Room, committer: Committer, tenant: str, poisoned: Callable[[str], Changes]
) -> None:
    await committer.commit(await a_new_counter(room, tenant, "there"))
    good = [await a_new_counter(room, tenant, f"c{n}") for n in range(40)]

    answers = await outcomes(committer, [*good[:20], poisoned(tenant), *good[20:]])

    failed = [number for number, answer in enumerate(answers) if answer is not None]
    assert failed == [20]
    expected: dict[Any, type[Exception]] = {a_duplicate: DuplicateKeyError, stale: SavedFirstError}
    assert isinstance(answers[20], expected.get(poisoned, Exception))
    assert await room.database["counters"].count_documents({}) == 41


async def test_of_two_commands_on_one_aggregate_the_second_is_told_that_it_is_stale(
    room: Room, committer: Committer, tenant: str
) -> None:
    await committer.commit(await a_new_counter(room, tenant, "one"))
    steps = [await a_step(room, tenant, "one", f"s{n}") for n in range(10)]

    answers = await outcomes(committer, steps)

    assert [answer is None for answer in answers].count(True) == 1
    assert all(isinstance(answer, SavedFirstError) for answer in answers if answer is not None)


class Watched(Committer):
    """Keeps what each transaction was to write."""

    groups: list[list[Any]]

    async def _write(self, changes: Changes) -> None:
        self.groups.append([write._filter["_id"] for write, _ in changes.versioned.get("counters", ())])
        await super()._write(changes)


async def test_one_aggregate_is_never_twice_in_a_group(room: Room, tenant: str) -> None:
    watched = Watched(room.client, room.database)
    watched.groups = []
    for name in ("one", "two", "three"):
        await watched.commit(await a_new_counter(room, tenant, name))
    steps = [await a_step(room, tenant, name, f"s{n}") for n in range(5) for name in ("one", "two", "three")]

    await outcomes(watched, steps)

    assert max(len(group) for group in watched.groups) > 1
    assert all(len(set(group)) == len(group) for group in watched.groups)


async def test_units_read_again_until_each_command_on_one_aggregate_has_counted(
    room: Room, committer: Committer, tenant: str
) -> None:
    units = Units(room, committer, Counting)
    order: list[str] = []

    async def step(name: str) -> None:
        async def use_case(work: Counting) -> None:
            counter = await work.counters.find("one") or Counter("one")
            counter.step(name)
            await work.counters.save(counter)

        await units.run_as(tenant, room.system, use_case)
        order.append(name)

    await step("first")
    # Each round lets one through, and a unit of work tries six times.
    await asyncio.gather(*(step(f"s{n}") for n in range(5)))

    assert await steps_of(room, tenant, "one") == order


async def test_who_stops_waiting_does_not_disturb_the_transaction(
    room: Room, committer: Committer, tenant: str
) -> None:
    tasks = [
        asyncio.create_task(committer.commit(await a_new_counter(room, tenant, f"c{n}"))) for n in range(20)
    ]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)

    await committer.commit(await a_new_counter(room, tenant, "after"))

    assert [answer for answer in answers[1::2] if answer is not None] == []
    assert await room.database["counters"].count_documents({}) >= 11


async def within(seconds: float, asked: Awaitable[None]) -> float:
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        await asked
    return time.monotonic() - began


async def test_a_database_that_hangs_is_answered_within_the_deadline(tmp_path: Path, tenant: str) -> None:
    with Mongod(tmp_path) as mongod:
        async with a_room(mongod.uri(SERVICE), SERVICE, tenant) as room:
            committer = Committer(room.client, room.database, deadline=1.0)
            changes = [await a_new_counter(room, tenant, f"c{n}") for n in range(10)]
            mongod.pause()
            began = time.monotonic()
            try:
                answers = await outcomes(committer, changes)
            finally:
                mongod.resume()

            assert time.monotonic() - began < 6
            assert all(isinstance(answer, UnavailableError) for answer in answers)


def test_a_database_that_is_away_is_503_with_a_time_to_come_again() -> None:
    answer = Problems(Texts.load()).answer(UnavailableError("It is not known."), {})

    assert answer is not None
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_answers_are_true_when_the_database_goes_away_in_flight(tmp_path: Path, tenant: str) -> None:
    with Mongod(tmp_path) as mongod:
        async with a_room(mongod.uri(SERVICE), SERVICE, tenant) as room:
            committer = Committer(room.client, room.database)
            changes = [await a_new_counter(room, tenant, f"c{n}") for n in range(300)]
            asked = [asyncio.create_task(committer.commit(each)) for each in changes]
            await asked[20]
            await asyncio.to_thread(mongod.kill)
            await asyncio.to_thread(mongod.start)
            answers = await asyncio.gather(*asked, return_exceptions=True)

            there = {document["counter"] for document in await room.database["counters"].find().to_list(None)}
            said = {document["key"] for document in await room.database["outbox"].find().to_list(None)}
            saved = {f"c{number}" for number, answer in enumerate(answers) if answer is None}
            unknown = {
                f"c{number}" for number, answer in enumerate(answers) if isinstance(answer, UnavailableError)
            }
            assert saved <= there <= saved | unknown
            assert said == there
            assert saved | unknown == {f"c{number}" for number in range(300)}
