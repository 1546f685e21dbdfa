"""Somebody has opened what a flag stands for: it stands for that no longer."""

from dataclasses import dataclass
from datetime import datetime

from services.flags.domain.kinds import FlagType
from services.flags.store.work import FlagsWork


@dataclass(frozen=True, slots=True)
class SeeCause:
    """`source` was opened up to and including `up_to`."""

    moment_id: str
    type: FlagType
    source: str
    up_to: str
    by: str
    at: datetime


async def see_cause(command: SeeCause, work: FlagsWork) -> None:
    """The flag counts what is left, or is handled when nothing is (R216, R217)."""
    moment = await work.moment(command.moment_id)
    latest = moment.latest_flag(command.type)
    if latest is None:
        return
    flag = await work.flags.get(latest)
    flag.see(command.source, up_to=command.up_to, by=command.by, at=command.at)
    if flag.events:
        await work.flags.save(flag)
