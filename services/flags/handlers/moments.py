"""What moments says: a moment begins, changes hands, is maintained and ends, and people get roles.

A moment that was purged does not come back, however late an event about it arrives.
"""

from collections.abc import Sequence

from chassis import grants
from chassis.erasure import unless_erased
from chassis.keys import SubjectPurgedError
from chassis.reactions import Heard, Reactions
from contracts.moments import (
    MaintenanceExpired,
    MomentEnded,
    MomentResumed,
    MomentStarted,
    PractitionerAssigned,
    ProgramCompleted,
    RolesGranted,
)
from services.flags.domain.flag import Cause, Flag
from services.flags.domain.kinds import Audience, FlagType
from services.flags.domain.moment import Moment
from services.flags.store.work import FlagsWork
from services.flags.usecases.raise_flag import RaiseFlag, raise_flag

reactions = Reactions()

_About = (
    MomentStarted | PractitionerAssigned | ProgramCompleted | MaintenanceExpired | MomentResumed | MomentEnded
)


async def _look_at_moments(heard: Sequence[Heard[_About]], work: FlagsWork) -> None:
    await work.look_at_moments(message.data.moment_id for message in heard)


@reactions.on(MomentStarted, prepare=_look_at_moments)
async def know_the_moment_on_moment_started(heard: Heard[MomentStarted], work: FlagsWork) -> None:
    """From now on flags can be raised in it.

    One that a resident started alone waits for somebody, and so does one that was handed over (R63, R306, D31).
    """
    said = heard.data
    if said.moment_id in work.purged:
        raise SubjectPurgedError(said.moment_id)
    if await work.moments.find(said.moment_id) is None:
        unless_erased(work, said.moment_id)
        await work.moments.save(Moment(said.moment_id, resident=said.resident_id, unit=said.unit_id))
    if said.self_started or said.continues_id is not None:
        cause = Cause(said.moment_id, source=said.moment_id, at=said.started_at)
        await raise_flag(RaiseFlag(said.moment_id, FlagType.UNASSIGNED, Audience.PRACTITIONER, cause), work)


@reactions.on(PractitionerAssigned, prepare=_look_at_moments)
async def follow_responsible_on_practitioner_assigned(
    heard: Heard[PractitionerAssigned], work: FlagsWork
) -> None:
    """Open flags follow the moment to whoever is responsible now (R256, D27); it is unassigned no more (D31)."""
    moment = await work.moment(heard.data.moment_id)
    moment.assign(heard.data.practitioner_id)
    await work.moments.save(moment)
    for flag in await _open_flags(moment, work):
        flag.follow(heard.data.practitioner_id)
        if flag.type is FlagType.UNASSIGNED:
            flag.handle(by=heard.data.by, at=heard.data.at)
        await work.flags.save(flag)


@reactions.on(MaintenanceExpired, prepare=_look_at_moments)
async def raise_flag_on_maintenance_expired(heard: Heard[MaintenanceExpired], work: FlagsWork) -> None:
    """The resident has no access any more, and somebody has to end the moment or take it back (R296, D9)."""
    said = heard.data
    cause = Cause(f"{said.moment_id}.{said.at:%Y%m%d}", source=said.moment_id, at=said.at)
    await raise_flag(
        RaiseFlag(said.moment_id, FlagType.MAINTENANCE_EXPIRED, Audience.PRACTITIONER, cause), work
    )


@reactions.on(MomentResumed, prepare=_look_at_moments)
async def take_down_flag_on_moment_resumed(heard: Heard[MomentResumed], work: FlagsWork) -> None:
    """The moment goes on, so its maintenance asks for nothing more (D10)."""
    moment = await work.moment(heard.data.moment_id)
    for flag in await _open_flags(moment, work):
        if flag.type is FlagType.MAINTENANCE_EXPIRED:
            flag.handle(by=heard.data.by, at=heard.data.at)
            await work.flags.save(flag)


@reactions.on(MomentEnded, prepare=_look_at_moments)
async def take_down_flags_on_moment_ended(heard: Heard[MomentEnded], work: FlagsWork) -> None:
    """What asked for attention in a moment that is over asks no more (R298)."""
    moment = await work.moment(heard.data.moment_id)
    moment.end(heard.data.ended_at)
    await work.moments.save(moment)
    for flag in await _open_flags(moment, work):
        flag.handle(by=heard.data.by, at=heard.data.ended_at)
        await work.flags.save(flag)


@reactions.on(ProgramCompleted, prepare=_look_at_moments)
async def raise_flag_on_program_completed(heard: Heard[ProgramCompleted], work: FlagsWork) -> None:
    """The resident has come to the end of the program, and somebody decides what comes now (R191)."""
    said = heard.data
    cause = Cause(said.moment_id, source=said.moment_id, at=said.at)
    await raise_flag(
        RaiseFlag(said.moment_id, FlagType.PROGRAM_COMPLETED, Audience.PRACTITIONER, cause), work
    )


@reactions.on(RolesGranted)
async def remember_roles_on_roles_granted(heard: Heard[RolesGranted], work: FlagsWork) -> None:
    """Endpoints here check what people may do at their unit (R267, R278)."""
    grants.project(work, heard.data.unit_id, heard.data.person_id, heard.data.roles)


async def _open_flags(moment: Moment, work: FlagsWork) -> list[Flag]:
    latest = [await work.flags.get(flag) for flag in moment.latest_flags()]
    return [flag for flag in latest if flag.is_open]
