"""What cannot be read is dead at once and seen without its content; what is not for us is skipped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import pytest
from pydantic import model_validator

from chassis import parking
from chassis.handling import Handling
from chassis.opening import BrokenMessageError, open_record
from chassis.parking import Dead
from chassis.testing import a_record
from chassis.work import Room
from contracts.moments import ModuleStarted
from tests.chassis.counting import Counting, counting, handled, records, started, steps_of


@pytest.fixture
def handling(room: Room) -> Handling:
    return Handling(room, counting(), Counting)


@dataclass
class Broken:
    """How a message is spoiled, and the code it is dead under."""

    spoil: Callable[[Any], Any]
    code: str


def header(name: str, value: bytes | None) -> Callable[[Any], Any]:
    def spoil(record: Any) -> Any:
        headers = [(key, value if key == name else old) for key, old in record.headers]
        return replace(record, headers=tuple(headers))

    return spoil


def without(name: str) -> Callable[[Any], Any]:
    return lambda record: replace(
        record, headers=tuple((key, value) for key, value in record.headers if key != name)
    )


BROKEN = {
    "not JSON": Broken(lambda record: replace(record, value=b"{nonsense"), "not-json"),
    "another schema": Broken(lambda record: replace(record, value=b"{}"), "not-the-schema:missing"),
    "no key": Broken(lambda record: replace(record, key=None), "no-key"),
    "no value": Broken(lambda record: replace(record, value=None), "no-value"),
    "no headers": Broken(lambda record: replace(record, headers=()), "missing-header"),
    "no id": Broken(without("ce_id"), "missing-header"),
    "a null header": Broken(header("ce_time", None), "null-header"),
    "a header that is no text": Broken(header("ce_subject", b"\xff\xfe"), "header-not-utf8"),
    "an unreadable time": Broken(header("ce_time", b"yesterday"), "unreadable-time"),
    "a time before all times": Broken(header("ce_time", b"0001-01-01T00:00:00+01:00"), "unreadable-time"),
    "another region's tenant": Broken(header("ce_tenant", b"other"), "foreign-tenant"),
    "another region's source": Broken(header("ce_source", b"/other/moments"), "foreign-tenant"),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_message_that_cannot_be_read_is_dead_at_once_and_seen_without_content(
    room: Room, handling: Handling, tenant: str, how: str
) -> None:
    broken = BROKEN[how]
    before, spoiled, after = records(tenant, started("m0", "s0"), started("m0", "s1"), started("m0", "s2"))

    await handling.handle([before, broken.spoil(spoiled), after])
    await handling.handle([before, broken.spoil(spoiled), after])

    [dead] = await parking.list_dead(room.database, tenant=tenant)
    assert (dead.error, dead.attempts, dead.offset) == (broken.code, 0, 1)
    assert set(Dead.__slots__) == {"id", "topic", "partition", "offset", "type", "error", "attempts", "at"}
    assert await steps_of(room, tenant, "m0") == ["s0", "s2"]
    assert handling.tally.dead == 1


class Stumbling(ModuleStarted):
    """A model whose own code fails in a way that no validator may."""

    @model_validator(mode="after")
    def stumble(self) -> Self:
        raise OverflowError("what was read")


def test_a_message_over_which_reading_itself_stumbles_is_broken_too(tenant: str) -> None:
    """Taken for an absent database, it would be waited for without end, and everything behind it too."""
    [record] = records(tenant, started("m0"))
    answer = counting().by_type[ModuleStarted.type()]

    with pytest.raises(BrokenMessageError) as broken:
        open_record(record, {ModuleStarted.type(): replace(answer, model=Stumbling)})

    assert str(broken.value) == "unreadable:OverflowError"


async def test_what_a_stranger_claims_does_not_make_the_true_message_look_handled(
    room: Room, handling: Handling, tenant: str
) -> None:
    [true] = records(tenant, started("m0", "s0"))

    await handling.handle([replace(true, value=b"forged", offset=7)])
    await handling.handle([true])

    assert await steps_of(room, tenant, "m0") == ["s0"]


async def test_types_and_versions_nobody_here_reacts_to_are_skipped(
    room: Room, handling: Handling, tenant: str
) -> None:
    newer = header("ce_type", b"se.sob.ModuleStarted.v2")
    unknown = a_record(handled("m0"), tenant=tenant)

    await handling.handle([unknown, newer(records(tenant, started("m0"))[0])])

    assert handling.tally.skipped == 2
    assert await room.database["parked"].count_documents({}) == 0
    assert await room.database["inbox"].count_documents({}) == 0


async def test_a_reader_ignores_fields_it_does_not_know(room: Room, handling: Handling, tenant: str) -> None:
    [record] = records(tenant, started("m0", "s0"))

    await handling.handle([replace(record, value=record.value[:-1] + b',"later":"x"}')])

    assert await steps_of(room, tenant, "m0") == ["s0"]
