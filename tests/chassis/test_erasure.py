"""Erasing a subject leaves nothing readable, says how much it was, and is for ever where it must be."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.erasure import erase, unless_erased
from chassis.errors import DuplicateKeyError
from chassis.handling import Handling
from chassis.http.idempotency import KEPT, Answer, Once
from chassis.keyring import SubjectPurgedError
from chassis.testing import NOON, a_room, committed
from chassis.timers import set_timer
from chassis.work import Room
from tests.chassis.counting import SERVICE, Counter, Counting, records, started
from tests.chassis.test_handling import raising


@pytest_asyncio.fixture(loop_scope="function")
async def room(mongo_url: str, tenant: str) -> AsyncIterator[Room]:
    async with a_room(mongo_url, SERVICE, tenant) as room:
        for moment in ("m1", "m2"):
            work = Counting(room, tenant)
            for number in range(3):
                counter = Counter(f"{moment}-{number}", note="words", subject=moment)
                await work.counters.save(counter)
            set_timer(work, "ring", moment, NOON)
            await committed(room, work)
        work = Counting(room, tenant)
        for about in ("m1", "m2", None):
            once = Once(f"{tenant}|anna|{about}", tenant, "said", room.clock.now() + KEPT)
            work.insert("idempotency", once.document(Answer(201, about=about)))
        await committed(room, work)
        failing = Handling(room, raising(ValueError()), Counting)
        await failing.handle(records(tenant, started("m1"), started("m1"), started("m2")))
        yield room


async def erased(room: Room, tenant: str, *, forever: bool = True) -> dict[str, int]:
    work = Counting(room, tenant)
    answer = await erase(work, "m1", {"counters": "subject"}, forever=forever)
    await committed(room, work)
    return answer


async def test_what_is_held_is_counted_and_gone_and_others_stay(room: Room, tenant: str) -> None:
    assert await erased(room, tenant) == {"counters": 3, "timers": 1, "parked": 2, "idempotency": 1}

    for name, left in (("counters", 3), ("timers", 1), ("parked", 1), ("idempotency", 2)):
        assert await room.database[name].count_documents({}) == left


async def test_timers_below_the_subject_go_along_and_those_of_a_longer_name_stay(
    room: Room, tenant: str
) -> None:
    work = Counting(room, tenant)
    for key in ("m1|a|2026-11-20", "m11", "m1}"):
        set_timer(work, "ring", key, NOON)
    await committed(room, work)

    assert (await erased(room, tenant))["timers"] == 2

    left = await room.database["timers"].find().to_list(None)
    assert sorted(timer["key"] for timer in left) == ["m11", "m1}", "m2"]


async def test_a_second_time_finds_nothing(room: Room, tenant: str) -> None:
    await erased(room, tenant)

    assert await erased(room, tenant) == {"counters": 0, "timers": 0, "parked": 0, "idempotency": 0}


async def test_the_key_is_gone_before_anything_is_committed(room: Room, tenant: str) -> None:
    work = Counting(room, tenant)
    await erase(work, "m1", {"counters": "subject"}, forever=True)

    assert (await Counting(room, tenant).counters.get("m1-0")).note == ""
    assert await room.database["counters"].count_documents({}) == 6


async def test_a_tombstone_keeps_it_from_coming_back(room: Room, tenant: str) -> None:
    await erased(room, tenant)

    with pytest.raises(SubjectPurgedError):
        await room.keyring.ensure(tenant, "m1")


async def first_of(room: Room, tenant: str, subject: str) -> Counting:
    """A unit of work that has looked for the subject, found nothing and makes its first document."""
    work = Counting(room, tenant)
    unless_erased(work, subject)
    work.insert("firsts", {"_id": work.id_of(subject), "tenant": tenant, "subject": subject})
    return work


@pytest.mark.parametrize("first", ["made", "erased"])
async def test_whoever_is_second_of_a_first_document_and_an_erasure_sees_the_other(
    room: Room, tenant: str, first: str
) -> None:
    firsts = room.database["firsts"]
    await firsts.insert_one({"_id": "makes the collection"})
    making, erasing = await first_of(room, tenant, "m9"), Counting(room, tenant)
    await erase(erasing, "m9", {"firsts": "subject"}, forever=True)
    both = [making, erasing] if first == "made" else [erasing, making]

    await asyncio.gather(*(committed(room, work) for work in both), return_exceptions=True)

    assert await firsts.count_documents({"subject": "m9"}) == 0


async def test_a_first_document_leaves_no_mark_and_an_erasure_one_that_names_nobody(
    room: Room, tenant: str
) -> None:
    await committed(room, await first_of(room, tenant, "m9"))
    assert await room.database["erased"].count_documents({}) == 0

    await erased(room, tenant)
    await erased(room, tenant)

    (mark,) = await room.database["erased"].find().to_list(None)
    assert "m1" not in mark["_id"].partition("|")[2]
    with pytest.raises(DuplicateKeyError):
        await committed(room, await first_of(room, tenant, "m1"))


async def test_a_subject_that_may_come_back_gets_another_key(room: Room, tenant: str) -> None:
    before = await room.keyring.ensure(tenant, "m1")
    sealed = before.seal("note", "words")
    await erased(room, tenant, forever=False)

    after = await room.keyring.ensure(tenant, "m1")

    with pytest.raises(Exception, match="does not open"):
        after.unseal("note", sealed)


async def test_another_tenant_with_the_same_id_is_untouched(room: Room, tenant: str) -> None:
    other = Counting(room, "other")
    await other.counters.save(Counter("m1-0", subject="m1"))
    await committed(room, other)

    await erased(room, tenant)

    assert await room.database["counters"].count_documents({"tenant": "other"}) == 1
