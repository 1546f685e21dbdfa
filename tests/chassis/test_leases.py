"""A lease has one holder at a time, by the database's time, and every tenure a higher fence."""

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.leases import Lease, LeaseLostError, Tenure
from chassis.mongo import Database, connect, database
from tests.eventually import eventually

ROOT = Path(__file__).resolve().parents[2]
LONG, SHORT = 30.0, 0.5


@pytest_asyncio.fixture(loop_scope="function")
async def leases(mongo_url: str) -> AsyncIterator[Database]:
    client = connect(mongo_url)
    name = f"leases_{uuid.uuid4().hex[:8]}"
    yield database(client, name)
    await client.drop_database(name)
    client.close()


async def taken(lease: Lease) -> Tenure:
    tenure = await lease.acquire()
    assert tenure is not None
    return tenure


async def test_one_holder_keeps_the_other_out(leases: Database) -> None:
    a, b = Lease(leases, "relay", "a", LONG), Lease(leases, "relay", "b", LONG)

    tenure = await taken(a)

    assert tenure.is_held and tenure.fence == 1
    assert await b.acquire() is None
    assert await Lease(leases, "timers", "b", LONG).acquire() is not None


async def test_of_many_that_ask_at_once_one_gets_it(leases: Database) -> None:
    answers = await asyncio.gather(*(Lease(leases, "relay", f"p{n}", LONG).acquire() for n in range(12)))

    assert [tenure.fence for tenure in answers if tenure] == [1]


async def test_a_released_lease_is_free_at_once_and_the_fence_grows(leases: Database) -> None:
    a, b = Lease(leases, "relay", "a", LONG), Lease(leases, "relay", "b", LONG)
    first = await taken(a)

    await a.release(first)

    assert not first.is_held
    assert (await taken(b)).fence == 2


async def test_an_expired_lease_goes_to_the_next_and_the_first_learns_that_it_lost(leases: Database) -> None:
    a, b = Lease(leases, "relay", "a", SHORT), Lease(leases, "relay", "b", SHORT)
    first = await taken(a)

    await _is_given(b)

    assert not first.is_held
    with pytest.raises(LeaseLostError, match="relay"):
        await a.renew(first)
    assert first.lost.is_set()


async def test_an_expired_tenure_cannot_be_renewed_even_if_nobody_took_it(leases: Database) -> None:
    lease = Lease(leases, "relay", "a", 0.05)
    tenure = await taken(lease)

    async def has_run_out() -> bool:
        return await leases.leases.count_documents({"$expr": {"$lte": ["$until", "$$NOW"]}}) == 1

    await eventually(has_run_out)
    assert not tenure.is_held
    with pytest.raises(LeaseLostError):
        await lease.renew(tenure)


async def test_a_lost_tenure_cannot_release_the_next_one(leases: Database) -> None:
    a, b = Lease(leases, "relay", "a", 0.05), Lease(leases, "relay", "b", LONG)
    first = await taken(a)
    await _is_given(b)

    await a.release(first)

    assert await Lease(leases, "relay", "c", LONG).acquire() is None


async def test_renewal_keeps_the_lease_beyond_its_seconds(leases: Database) -> None:
    a, b = Lease(leases, "relay", "a", SHORT), Lease(leases, "relay", "b", SHORT)

    async with a.held() as tenure:
        began, answers = time.monotonic(), []

        async def has_asked_for_three_times_the_seconds() -> bool:
            answers.append(await b.acquire())
            return time.monotonic() - began > 3 * SHORT

        await eventually(has_asked_for_three_times_the_seconds)
        assert set(answers) == {None} and tenure.is_held

    assert await b.acquire() is not None


async def test_a_holder_that_comes_back_under_its_name_takes_over_its_own_past(leases: Database) -> None:
    past = await taken(Lease(leases, "relay", "a", LONG))

    present = await taken(Lease(leases, "relay", "a", LONG))

    assert present.fence == past.fence + 1
    with pytest.raises(LeaseLostError):
        await Lease(leases, "relay", "a", LONG).renew(past)


async def test_the_body_is_told_when_the_lease_is_taken_away(leases: Database) -> None:
    async with Lease(leases, "relay", "a", SHORT).held() as tenure:
        await leases.leases.update_one({"_id": "relay"}, {"$set": {"token": "somebody else"}})

        await asyncio.wait_for(tenure.lost.wait(), 5)

        assert not tenure()


async def test_work_is_cancelled_when_the_lease_is_lost_and_begins_again(leases: Database) -> None:
    fences: list[int] = []
    cancelled: list[int] = []

    async def work(tenure: Tenure) -> None:
        fences.append(tenure.fence)
        if len(fences) == 2:
            return
        await leases.leases.update_one({"_id": "relay"}, [{"$set": {"token": "x", "until": "$$NOW"}}])
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(tenure.fence)
            raise

    await asyncio.wait_for(Lease(leases, "relay", "a", SHORT).run(work), 10)

    assert fences == [1, 2] and cancelled == [1]


async def test_an_error_in_the_work_comes_out_and_the_lease_is_free(leases: Database) -> None:
    async def work(_: Tenure) -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError):
        await Lease(leases, "relay", "a", LONG).run(work)

    assert await Lease(leases, "relay", "b", LONG).acquire() is not None


HOLD = """
import asyncio, sys
from chassis.leases import Lease
from chassis.mongo import connect, database

async def main():
    async with Lease(database(connect(sys.argv[1]), sys.argv[2]), "relay", "killed", 1).held():
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_holder_is_followed_after_the_seconds_and_not_before(
    leases: Database, mongo_url: str
) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, mongo_url, leases.name,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    while (line := await holder.stdout.readline()) and b"held" not in line:
        continue
    other = Lease(leases, "relay", "other", 1)
    assert await other.acquire() is None

    os.kill(holder.pid, signal.SIGKILL)
    await holder.wait()
    killed_at = time.monotonic()

    await _is_given(other)
    assert 0.2 < time.monotonic() - killed_at < 6


@pytest.mark.parametrize("hours", [-48, 48])
async def test_a_process_with_a_wrong_clock_holds_and_waits_like_any_other(
    leases: Database, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
    wrong, right = Lease(leases, "relay", "wrong", SHORT), Lease(leases, "relay", "right", SHORT)

    tenure = await taken(wrong)

    assert await right.acquire() is None
    await wrong.renew(tenure)
    await _is_given(right)
    assert await wrong.acquire() is None


async def _is_given(lease: Lease) -> None:
    async def is_taken() -> bool:
        return await lease.acquire() is not None

    await eventually(is_taken)
