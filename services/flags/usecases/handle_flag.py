"""Handling a flag by hand, in the list or in the moment (R214, R216)."""

from dataclasses import dataclass

from chassis.errors import NotFoundError, StaleError
from services.flags.domain.flag import Flag
from services.flags.store.work import FlagsWork


@dataclass(frozen=True, slots=True)
class HandleFlag:
    """`version` is what the caller saw, if it cares."""

    flag_id: str
    version: int | None = None


async def handle_flag(command: HandleFlag, work: FlagsWork) -> Flag:
    """The flag, handled by the first who did; raises StaleError if it has been raised again since it was seen."""
    flag = await work.flags.get(command.flag_id)
    if flag.unit != work.actor.unit:
        raise NotFoundError(f"There is no flag {command.flag_id} here.", id=command.flag_id)
    flag.must_be_for_staff()
    if flag.is_open:
        if command.version not in {None, flag.version}:
            raise StaleError(f"{flag.id} is at version {flag.version}: look at it again.")
        flag.handle(by=work.actor.id, at=work.now)
        await work.flags.save(flag)
    work.audit("flag.handled", resident=flag.resident, moment=flag.moment)
    return flag
