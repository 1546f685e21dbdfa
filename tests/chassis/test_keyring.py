"""One suite for the real keyring and the one in memory: keys are made once, found and destroyed."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from chassis.keyring import Keyring, Keys, SubjectPurgedError
from chassis.keyring_memory import MemoryKeyring, Vault
from chassis.keys import Remembered
from chassis.masterkey import FileMasterKey
from chassis.mongo import Database, connect, database
from chassis.sealing import KEY_BYTES, SealBrokenError, Sealer

ALICE, BOB, MOMENT = "res-alice", "res-bob", "moment-1"
MASTER = bytes([7]) * KEY_BYTES


class HandWatch:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class World:
    """Several processes of one service, which share the place where keys lie and the passing of time."""

    another_process: Callable[[], Keys]
    watch: HandWatch


@pytest_asyncio.fixture(loop_scope="function")
async def key_database(mongo_url: str) -> AsyncIterator[Database]:
    client = connect(mongo_url)
    name = f"keys_{uuid.uuid4().hex[:8]}"
    yield database(client, name)
    await client.drop_database(name)
    client.close()


@pytest.fixture(params=["memory", "mongo"])
def world(request: pytest.FixtureRequest) -> World:
    watch = HandWatch()
    if request.param == "memory":
        vault: Vault = {}
        return World(lambda: MemoryKeyring("moments", 5, vault=vault, stopwatch=watch), watch)
    keys: Database = request.getfixturevalue("key_database")
    return World(lambda: Keyring(keys, "moments", FileMasterKey([MASTER]), 5, stopwatch=watch), watch)


def same_key(one: Sealer, other: Sealer) -> bool:
    try:
        return bool(other.unseal("name", one.seal("name", "x")) == "x")
    except SealBrokenError:
        return False


async def test_a_key_is_made_once_and_found_by_every_process(world: World) -> None:
    first = await world.another_process().ensure("vgr", ALICE)

    second = await world.another_process().ensure("vgr", ALICE)

    assert same_key(first, second)


async def test_processes_that_come_at_once_agree_on_one_key(world: World) -> None:
    processes = [world.another_process() for _ in range(8)]

    sealers = await asyncio.gather(*(process.ensure("vgr", ALICE) for process in processes for _ in range(3)))

    assert all(same_key(sealers[0], other) for other in sealers)


async def test_each_subject_and_each_tenant_has_its_own_key(world: World) -> None:
    keys = world.another_process()
    alice = await keys.ensure("vgr", ALICE)

    assert not same_key(alice, await keys.ensure("vgr", BOB))
    assert not same_key(alice, await keys.ensure("rjl", ALICE))


async def test_many_are_loaded_and_those_without_a_key_are_absent(world: World) -> None:
    alice = await world.another_process().ensure("vgr", ALICE)
    await world.another_process().ensure("rjl", BOB)

    loaded = await world.another_process().load_many("vgr", [ALICE, BOB, "res-unknown"])

    assert set(loaded) == {ALICE}
    assert same_key(alice, loaded[ALICE])
    assert await world.another_process().load_many("vgr", []) == {}


async def test_keys_are_made_in_bulk_only_where_there_is_none(world: World) -> None:
    alice = await world.another_process().ensure("vgr", ALICE)
    await world.another_process().destroy("vgr", MOMENT, forever=True)

    await world.another_process().make_many("vgr", [ALICE, BOB, MOMENT])

    made = await world.another_process().load_many("vgr", [ALICE, BOB, MOMENT])
    assert set(made) == {ALICE, BOB}
    assert same_key(alice, made[ALICE])
    assert same_key(made[BOB], await world.another_process().ensure("vgr", BOB))


async def test_loading_again_gives_the_remembered_and_the_new(world: World) -> None:
    keys = world.another_process()
    await keys.ensure("vgr", ALICE)
    await world.another_process().ensure("vgr", BOB)

    assert set(await keys.load_many("vgr", [ALICE, BOB])) == {ALICE, BOB}


async def test_a_purged_subject_never_gets_a_key_again(world: World) -> None:
    keys = world.another_process()
    await keys.ensure("vgr", MOMENT)

    assert await keys.destroy("vgr", MOMENT, forever=True)

    for process in (keys, world.another_process()):
        with pytest.raises(SubjectPurgedError) as purged:
            await process.ensure("vgr", MOMENT)
        assert purged.value.subject == MOMENT
        assert await process.load_many("vgr", [MOMENT]) == {}


async def test_a_subject_without_a_key_can_be_destroyed_for_ever_too(world: World) -> None:
    keys = world.another_process()

    assert not await keys.destroy("vgr", MOMENT, forever=True)

    with pytest.raises(SubjectPurgedError):
        await keys.ensure("vgr", MOMENT)


async def test_whoever_makes_a_key_while_the_subject_is_destroyed_for_ever_does_not_bring_it_back(
    world: World,
) -> None:
    subjects = [f"moment-{n}" for n in range(40)]
    processes = [world.another_process() for _ in range(4)]
    destroyer = world.another_process()

    async def come_and_go(subject: str) -> None:
        makers = [asyncio.create_task(process.ensure("vgr", subject)) for process in processes]
        await destroyer.destroy("vgr", subject, forever=True)
        await asyncio.gather(*makers, return_exceptions=True)

    for subject in subjects:
        await come_and_go(subject)

    assert await destroyer.is_destroyed_many("vgr", subjects) == set(subjects)
    assert await world.another_process().load_many("vgr", subjects) == {}


async def test_destroying_again_changes_nothing(world: World) -> None:
    keys = world.another_process()
    await keys.ensure("vgr", MOMENT)
    await keys.destroy("vgr", MOMENT, forever=True)

    assert not await keys.destroy("vgr", MOMENT, forever=True)
    assert not await keys.destroy("vgr", MOMENT, forever=False)

    assert await keys.is_destroyed_many("vgr", [MOMENT]) == {MOMENT}


async def test_a_resident_may_come_back_with_a_key_that_opens_nothing_of_the_old(world: World) -> None:
    keys = world.another_process()
    old = (await keys.ensure("vgr", ALICE)).seal("name", "Alice")

    assert await keys.destroy("vgr", ALICE, forever=False)

    assert await keys.load_many("vgr", [ALICE]) == {}
    with pytest.raises(SealBrokenError):
        (await keys.ensure("vgr", ALICE)).unseal("name", old)


async def test_destroying_in_one_tenant_leaves_the_other(world: World) -> None:
    keys = world.another_process()
    rjl = await keys.ensure("rjl", MOMENT)

    await keys.destroy("vgr", MOMENT, forever=True)

    assert same_key(rjl, await world.another_process().ensure("rjl", MOMENT))
    assert await keys.is_destroyed_many("rjl", [MOMENT]) == set()


async def test_only_what_was_destroyed_for_ever_is_told_as_destroyed(world: World) -> None:
    keys = world.another_process()
    for subject in (ALICE, BOB, MOMENT):
        await keys.ensure("vgr", subject)
    await keys.destroy("vgr", MOMENT, forever=True)
    await keys.destroy("vgr", BOB, forever=False)

    assert await keys.is_destroyed_many("vgr", [ALICE, BOB, MOMENT, "unknown"]) == {MOMENT}


async def test_another_process_forgets_a_destroyed_key_within_the_stated_seconds(world: World) -> None:
    slow = world.another_process()
    await slow.ensure("vgr", MOMENT)
    world.watch.seconds += 4
    await slow.ensure("vgr", MOMENT)
    await world.another_process().destroy("vgr", MOMENT, forever=True)

    world.watch.seconds += 1

    with pytest.raises(SubjectPurgedError):
        await slow.ensure("vgr", MOMENT)
    assert await slow.load_many("vgr", [MOMENT]) == {}


async def test_a_process_told_to_forget_asks_again(world: World) -> None:
    slow = world.another_process()
    await slow.ensure("vgr", MOMENT)
    await world.another_process().destroy("vgr", MOMENT, forever=True)

    slow.forget("vgr", MOMENT)

    with pytest.raises(SubjectPurgedError):
        await slow.ensure("vgr", MOMENT)


async def test_a_first_write_can_insist_on_the_key_that_lives_now(world: World) -> None:
    slow = world.another_process()
    stale = await slow.ensure("vgr", ALICE)
    other = world.another_process()
    await other.destroy("vgr", ALICE, forever=False)
    living = await other.ensure("vgr", ALICE)

    fresh = await slow.ensure("vgr", ALICE, fresh=True)

    assert same_key(living, fresh) and not same_key(stale, fresh)


async def test_no_log_and_no_repr_shows_a_key(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="chassis")
    keys = world.another_process()
    await keys.ensure("vgr", ALICE)
    await keys.destroy("vgr", ALICE, forever=True)

    assert repr(keys).endswith("(moments, 0 remembered)")
    assert not [record for record in caplog.records if record.name.startswith("chassis")]


@pytest.mark.parametrize(("tenant", "subject"), [("", ALICE), ("vgr|x", ALICE), ("vgr", "")])
async def test_a_key_without_tenant_or_subject_is_refused(world: World, tenant: str, subject: str) -> None:
    with pytest.raises(ValueError, match="A key belongs to"):
        await world.another_process().ensure(tenant, subject)


async def test_the_least_recently_used_is_forgotten_first() -> None:
    remembered = Remembered(5, HandWatch(), limit=2)
    sealer = Sealer("vgr", "moments", MASTER)
    remembered.put("a", sealer, asked_at=0)
    remembered.put("b", sealer, asked_at=0)
    remembered.get("a")

    remembered.put("c", sealer, asked_at=0)

    assert [name for name in "abc" if remembered.get(name)] == ["a", "c"]


async def test_what_lies_in_the_database_holds_no_key_in_clear(key_database: Database) -> None:
    keys = Keyring(key_database, "moments", FileMasterKey([MASTER]))
    await keys.ensure("vgr", ALICE)
    await keys.ensure("vgr", MOMENT)
    await keys.destroy("vgr", MOMENT, forever=True)

    documents = {document["_id"]: document async for document in key_database.keys.find()}

    assert set(documents[f"vgr|{ALICE}"]) == {"_id", "wrapped", "key_id", "created_at"}
    assert len(documents[f"vgr|{ALICE}"]["wrapped"]) == KEY_BYTES + 8
    assert set(documents[f"vgr|{MOMENT}"]) == {"_id", "destroyed_at"}


async def test_after_rotation_everything_is_wrapped_anew_and_the_old_master_key_can_go(
    key_database: Database,
) -> None:
    new = bytes([8]) * KEY_BYTES
    sealed = (await Keyring(key_database, "moments", FileMasterKey([MASTER])).ensure("vgr", ALICE)).seal(
        "name", "A"
    )
    rotating = Keyring(key_database, "moments", FileMasterKey([new, MASTER]))
    await rotating.ensure("vgr", BOB)
    await rotating.destroy("vgr", MOMENT, forever=True)

    assert await rotating.rewrap() == 1
    assert await rotating.rewrap() == 0

    alone = Keyring(key_database, "moments", FileMasterKey([new]))
    assert (await alone.ensure("vgr", ALICE)).unseal("name", sealed) == "A"
