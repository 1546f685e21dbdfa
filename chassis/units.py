"""Units of work for requests: open one for the caller, run a use case in it, commit it, and retry who came second.

What was changed by somebody else between our read and our write is read again and done again; a version that the
caller stated itself (If-Match) is the use case's to refuse and is never retried.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from chassis import telemetry
from chassis.changes import Changes, SavedFirstError
from chassis.committer import Committer
from chassis.errors import DuplicateKeyError
from chassis.http.identity import Caller, Resident, Staff
from chassis.work import Actor, Room, Work

W = TypeVar("W", bound=Work)
T = TypeVar("T")
_TRIES = 6


def actor_of(caller: Caller) -> Actor:
    """The caller as the actor of a unit of work."""
    match caller:
        case Staff():
            return Actor("staff", caller.hsa_id, caller.unit or None)
        case Resident():
            return Actor("resident", caller.resident_id)


class Units(Generic[W]):
    """Opens and commits the units of work of one API process."""

    def __init__(self, room: Room, committer: Committer, work_of: type[W]) -> None:
        self.room = room
        self._committer = committer
        self._work_of = work_of

    async def run(self, caller: Caller, use_case: Callable[[W], Awaitable[T]]) -> T:
        """Run `use_case(work)` as the caller and commit what it did; its answer is given only when that is durable.

        Raises what the use case raises, SavedFirstError after six tries, DuplicateKeyError, UnavailableError.
        """
        return await self.run_as(caller.tenant, actor_of(caller), use_case)

    async def run_as(self, tenant: str, actor: Actor, use_case: Callable[[W], Awaitable[T]]) -> T:
        """The same for a known actor, as in commands and background loops."""
        trace = telemetry.inject()
        for remaining in reversed(range(_TRIES)):
            work = self._work_of(self.room, tenant, actor, trace)
            answer = await use_case(work)
            changes = await work.finish()
            try:
                await self._committer.commit(changes)
            except (SavedFirstError, DuplicateKeyError) as error:
                if remaining and _was_overtaken(error, changes):
                    continue
                raise
            return answer
        raise AssertionError("unreachable")


def _was_overtaken(error: SavedFirstError | DuplicateKeyError, changes: Changes) -> bool:
    """Whether somebody saved, or made, one of its aggregates meanwhile; any other duplicate is an answer."""
    if isinstance(error, SavedFirstError):
        return True
    return any(aggregate.startswith(f"{error.collection}|") for aggregate in changes.aggregates)
