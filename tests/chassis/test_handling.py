"""A batch happens once: repeats change nothing, what fails is set aside alone, what cannot be read is seen."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from pymongo.errors import AutoReconnect

from chassis.errors import ConflictError, StaleError
from chassis.handling import Handling
from chassis.mongo import in_transaction
from chassis.parking import Fate
from chassis.reactions import Heard, Reactions
from chassis.work import Room
from contracts.moments import ModuleEnded, ModuleStarted
from tests.chassis.counting import (
    LONG_AGO,
    Counter,
    Counting,
    count,
    counting,
    records,
    started,
    steps_of,
)


@pytest.fixture
def handling(room: Room) -> Handling:
    return Handling(room, counting(), Counting)


def failing(fails: Callable[[str], Exception | None]) -> Reactions:
    """Counts, but for those steps for which there is an error."""
    reactions = Reactions()

    @reactions.on(ModuleStarted)
    async def count_on_module_started(heard: Heard[ModuleStarted], work: Counting) -> None:
        await count(heard.data.moment_id, heard.data.module, work)
        error = fails(heard.data.module)
        if error is not None:
            raise error

    return reactions


def hundred(tenant: str, moments: int = 10) -> list[ConsumerRecord]:
    return records(tenant, *(started(f"m{n % moments}", f"s{n}") for n in range(100)))


def expected(moment: int, moments: int = 10) -> list[str]:
    return [f"s{n}" for n in range(100) if n % moments == moment]


async def counted(room: Room, tenant: str, moments: int = 10) -> list[list[str]]:
    return [await steps_of(room, tenant, f"m{n}") for n in range(moments)]


async def waiting(room: Room) -> list[str]:
    """What each waiting message is about, in the order of the lanes."""
    found = await room.database["parked"].find({"state": Fate.PARK.value}).sort("_id", 1).to_list(None)
    return [ModuleStarted.model_validate_json(document["value"]).module for document in found]


async def test_a_batch_and_what_it_says_happen_in_order(room: Room, handling: Handling, tenant: str) -> None:
    await handling.handle(hundred(tenant))

    assert await counted(room, tenant) == [expected(n) for n in range(10)]
    assert await room.database["outbox"].count_documents({}) == 100
    assert handling.tally.handled == 100


async def test_the_replay_of_a_topic_changes_nothing_and_says_nothing(
    room: Room, handling: Handling, tenant: str
) -> None:
    topic = hundred(tenant)
    await handling.handle(topic)
    before = [await room.database[name].find().to_list(None) for name in ("counters", "diary", "outbox")]

    await handling.handle(topic)
    await handling.handle(topic, look_first=True)

    after = [await room.database[name].find().to_list(None) for name in ("counters", "diary", "outbox")]
    assert after == before
    assert (handling.tally.handled, handling.tally.repeated) == (100, 200)


async def test_repeats_within_a_batch_and_from_before_count_once(
    room: Room, handling: Handling, tenant: str
) -> None:
    topic = hundred(tenant)
    await handling.handle(topic[:20])

    again = [record for number, record in enumerate(topic) if number % 10 == 0]
    await handling.handle([*topic[:10], *again[:3], *topic[10:], *again])

    assert await counted(room, tenant) == [expected(n) for n in range(10)]


async def test_a_failing_message_parks_alone_and_its_lane_lines_up_behind_it(room: Room, tenant: str) -> None:
    handling = Handling(room, failing(lambda step: ValueError() if step == "s43" else None), Counting)

    await handling.handle(hundred(tenant))

    lined_up = [f"s{n}" for n in range(43, 100, 10)]
    assert await waiting(room) == lined_up
    assert await counted(room, tenant) == [
        [step for step in expected(n) if step not in lined_up] for n in range(10)
    ]
    assert (handling.tally.handled, handling.tally.parked) == (94, 6)


async def test_what_comes_later_in_the_lane_lines_up_too(room: Room, tenant: str) -> None:
    handling = Handling(room, failing(lambda step: ValueError() if step == "s0" else None), Counting)
    await handling.handle(records(tenant, started("m0", "s0")))

    await handling.handle(records(tenant, started("m0", "s1"), started("m1", "s2"), first=1))

    assert await waiting(room) == ["s0", "s1"]
    assert await counted(room, tenant, 2) == [[], ["s2"]]


async def test_many_failing_messages_cost_each_a_few_tries(room: Room, tenant: str) -> None:
    tried: list[str] = []

    def fails(step: str) -> Exception | None:
        tried.append(step)
        return ValueError() if int(step[1:]) % 7 == 0 else None

    handling = Handling(room, failing(fails), Counting)

    await handling.handle(hundred(tenant, moments=100))

    assert (handling.tally.handled, handling.tally.parked) == (85, 15)
    assert len(tried) < 1000


async def test_a_message_parked_by_a_previous_owner_is_not_overtaken_by_its_lane(
    room: Room, handling: Handling, tenant: str
) -> None:
    first, second = records(tenant, started("m0", "s0"), started("m0", "s1"))
    failing_owner = Handling(room, failing(lambda step: ValueError()), Counting)

    async def previous_owner_parks_meanwhile(heard: Any, work: Any) -> None:
        if not failing_owner.tally.parked:
            await failing_owner.handle([first])

    reactions = Reactions()
    reactions.on(ModuleStarted, prepare=previous_owner_parks_meanwhile)(counting_reaction)
    slow = Handling(room, reactions, Counting)
    await slow.handle([first, second])

    assert await waiting(room) == ["s0", "s1"]
    assert await steps_of(room, tenant, "m0") == []


async def counting_reaction(heard: Heard[ModuleStarted], work: Counting) -> None:
    await count(heard.data.moment_id, heard.data.module, work)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (StaleError("It is stale."), "stale"),
        (ConflictError("It is over."), "conflict"),
        (ValueError("Test Testsson 191212121212"), "ValueError"),
        (asyncio.CancelledError(), "LeakedCancellationError"),
        (TimeoutError(), "TimeoutError"),
    ],
)
async def test_every_failure_of_a_reaction_parks_the_message_under_a_code(
    room: Room, tenant: str, failure: BaseException, code: str
) -> None:
    handling = Handling(room, raising(failure), Counting)

    await handling.handle(records(tenant, started("m0")))

    [document] = await room.database["parked"].find().to_list(None)
    assert (document["state"], document["error"], document["attempts"]) == ("park", code, 1)
    assert b"Testsson" not in str(document).encode()


def raising(failure: BaseException) -> Reactions:
    reactions = Reactions()

    @reactions.on(ModuleStarted)
    async def fail_on_module_started(heard: Heard[ModuleStarted], work: Counting) -> None:
        raise failure

    return reactions


async def test_what_cannot_be_written_parks_and_keeps_nobody_waiting(room: Room, tenant: str) -> None:
    reactions = Reactions()

    @reactions.on(ModuleStarted)
    async def write_nonsense(heard: Heard[ModuleStarted], work: Counting) -> None:
        value: Any = object() if heard.data.module == "s50" else heard.data.module
        work.insert("diary", {"_id": heard.envelope.id, "value": value})

    handling = Handling(room, reactions, Counting)

    await handling.handle(hundred(tenant, moments=100))

    assert await waiting(room) == ["s50"]
    assert await room.database["diary"].count_documents({}) == 99


async def test_an_absent_database_is_nobodys_failure(room: Room, tenant: str) -> None:
    handling = Handling(room, raising(AutoReconnect("gone")), Counting)

    with pytest.raises(AutoReconnect):
        await handling.handle(records(tenant, started("m0")))

    assert await room.database["parked"].count_documents({}) == 0
    assert await room.database["inbox"].count_documents({}) == 0


async def test_an_aggregate_saved_by_somebody_else_meanwhile_is_read_again(room: Room, tenant: str) -> None:
    others: list[str] = []
    reactions = Reactions()

    @reactions.on(ModuleStarted)
    async def count_while_another_saves(heard: Heard[ModuleStarted], work: Counting) -> None:
        await count(heard.data.moment_id, heard.data.module, work)
        if len(others) < 2:
            others.append("other")
            other = Counting(room, tenant)
            await count(heard.data.moment_id, f"other{len(others)}", other)
            changes = await other.finish()
            await in_transaction(room.client, lambda session: changes.apply(room.database, session))

    handling = Handling(room, reactions, Counting)
    await handling.handle(records(tenant, started("m0", "s0")))

    assert await steps_of(room, tenant, "m0") == ["other1", "other2", "s0"]
    assert await room.database["parked"].count_documents({}) == 0


async def test_a_late_message_about_somebody_purged_is_skipped_and_leaves_nothing(
    room: Room, tenant: str
) -> None:
    await room.keyring.destroy(tenant, "m1", forever=True)
    reactions = Reactions()

    @reactions.on(ModuleStarted)
    async def note_on_module_started(heard: Heard[ModuleStarted], work: Counting) -> None:
        # The key is asked for only when the unit of work is finished.
        counter = Counter(heard.data.moment_id, note="n", subject=heard.data.moment_id)
        counter.step(heard.data.module)
        await work.counters.save(counter)

    handling = Handling(room, reactions, Counting)
    await handling.handle(records(tenant, started("m0"), started("m1"), started("m2")))

    assert sorted([d["counter"] for d in await room.database["counters"].find().to_list(None)]) == [
        "m0",
        "m2",
    ]
    assert await room.database["parked"].count_documents({}) == 0
    assert await room.database["inbox"].count_documents({}) == 3


async def test_a_message_that_is_handled_alone_sees_what_came_before_it_in_its_batch(
    room: Room, tenant: str
) -> None:
    reactions = counting()
    seen: list[list[str]] = []

    @reactions.on(ModuleEnded, alone=True)
    async def look_on_module_ended(heard: Heard[ModuleEnded], work: Counting) -> None:
        seen.append(await steps_of(work.room, work.tenant, heard.data.moment_id))
        await count(heard.data.moment_id, "ended", work)

    ended = ModuleEnded(moment_id="m0", module="s1", at=LONG_AGO, by="moments")
    topic = records(tenant, started("m0", "s0"), started("m0", "s1"), ended, ended, started("m0", "s2"))

    handling = Handling(room, reactions, Counting)
    await handling.handle(topic)

    assert seen == [["s0", "s1"], ["s0", "s1", "ended"]]
    assert await steps_of(room, tenant, "m0") == ["s0", "s1", "ended", "ended", "s2"]
    assert handling.tally.handled == 5
