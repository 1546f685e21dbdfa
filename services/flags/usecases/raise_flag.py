"""Raising a flag: one cause more on the flag that stands, or a flag of its own when none does."""

from dataclasses import dataclass

from services.flags.domain.flag import Cause
from services.flags.domain.kinds import Audience, FlagType
from services.flags.store.work import FlagsWork


@dataclass(frozen=True, slots=True)
class RaiseFlag:
    moment_id: str
    type: FlagType
    audience: Audience
    cause: Cause


async def raise_flag(command: RaiseFlag, work: FlagsWork) -> None:
    """At most one open flag for each moment and type (R202, R218); none in a moment that has ended."""
    moment = await work.moment(command.moment_id)
    if moment.ended_at is not None:
        return
    latest = moment.latest_flag(command.type)
    flag = None if latest is None else await work.flags.get(latest)
    if flag is None or not flag.is_open:
        flag = moment.next_flag(command.type, command.audience, command.cause.at)
        await work.moments.save(moment)
    flag.raise_for(command.cause)
    await work.flags.save(flag)
