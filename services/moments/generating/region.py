"""A made-up region: units with people and published programs, and as many moments as are asked for."""

from collections.abc import AsyncIterator, Sequence
from functools import partial

from chassis.changes import Changes
from chassis.errors import ConflictError
from chassis.units import Units
from chassis.work import Actor, Room
from services.moments.generating.moments import Setting, made_up
from services.moments.generating.people import name_of
from services.moments.generating.store.bulk import has_others, next_number, settle, write
from services.moments.programs.domain.program import Program
from services.moments.programs.usecases.upload_program import UploadProgram, upload_program
from services.moments.units.domain.unit import PERMISSION_ADMIN, PRACTITIONER, Unit
from services.moments.work import MomentsWork

_PRACTITIONERS = 8
_BATCH = 500
_AUTHORITY = "SE2321000131"


class OtherMomentsError(ConflictError):
    """Made-up moments among real ones could not be told apart by the people who see them."""

    def __init__(self, tenant: str) -> None:
        super().__init__(f"{tenant} has moments that were not generated: say --yes to generate beside them.")


async def generate(
    room: Room,
    units: Units[MomentsWork],
    tenant: str,
    programs: Sequence[Program],
    *,
    moments: int,
    at_units: int,
) -> AsyncIterator[int]:
    """Make up so many moments more; tells after each batch how many there are. Begins after those made up before."""
    staff = [await units.run_as(tenant, _actor(n), partial(_unit, n)) for n in range(at_units)]
    for program in programs:
        await units.run_as(tenant, _actor(0), partial(_publish, program))
    setting = Setting(room, tenant, staff, programs)
    first = await next_number(room, tenant)
    for start in range(first, first + moments, _BATCH):
        numbers = range(start, min(start + _BATCH, first + moments))
        subjects = {subject for number in numbers for subject in setting.subjects_of(number)}
        await room.keyring.make_many(tenant, subjects)
        parts = [await made_up(number, setting) for number in numbers]
        await write(room, Changes().merge(parts))
        yield numbers.stop - first
    await settle(room, tenant)


async def refuse_among_others(room: Room, tenant: str) -> None:
    """Raises OtherMomentsError if the region has moments that nobody made up."""
    if await has_others(room, tenant):
        raise OtherMomentsError(tenant)


def unit_id(number: int) -> str:
    """The HSA-id of the n-th made-up unit."""
    return f"{_AUTHORITY}-G{number:06}"


def staff_id(unit: int, number: int) -> str:
    """The HSA-id of the n-th practitioner of a made-up unit; each holds the roles of a permission administrator too."""
    return f"{unit_id(unit)}P{number:02}"


def _actor(unit: int) -> Actor:
    return Actor("staff", staff_id(unit, 0), unit_id(unit))


async def _unit(number: int, work: MomentsWork) -> Unit:
    unit = await work.units.find(unit_id(number))
    if unit is None:
        name = f"Påhittade mottagningen {number + 1}"
        unit = Unit.activated(unit_id(number), name, work.region.name, at=work.now, by=work.actor.id)
        for at in range(_PRACTITIONERS):
            surname, given_name = name_of(number * _PRACTITIONERS + at)
            roles = (PRACTITIONER, PERMISSION_ADMIN)
            unit.grant(staff_id(number, at), f"{given_name} {surname}", roles, at=work.now, by=work.actor.id)
        await work.units.save(unit)
    return unit


async def _publish(program: Program, work: MomentsWork) -> None:
    release = await work.releases.find(program.id)
    if release is None:
        release = await upload_program(UploadProgram(program, unit_id(0)), work)
    release.publish(None, by=work.actor.id, at=work.now)
    await work.releases.save(release)
