"""Workers that are killed: at one step of many a fuse burns through, and what was under way never goes on.

A step is the moment before or after any call to the database or to a provider.
"""

import inspect
from typing import Any

from chassis.changes import Changes
from chassis.mongo import Database, Transaction
from chassis.work import Room
from services.notifications.work import NotificationsWork


class KilledError(BaseException):
    """The process is no more."""


class Fuse:
    """Burns through at the step `at`; `steps` is how many there were."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.steps = 0

    def burn(self) -> None:
        self.steps += 1
        if self.steps - 1 == self.at:
            raise KilledError

    @property
    def burnt(self) -> bool:
        return self.steps > self.at


class Mortal:
    """Whatever it stands for, with a step before and after each asynchronous call."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return mortal(found, self._fuse) if inspect.iscoroutinefunction(found) else found


def mortal(call: Any, fuse: Fuse) -> Any:
    """One asynchronous function with a step before and after it."""

    async def called(*args: Any, **kwargs: Any) -> Any:
        fuse.burn()
        answer = await call(*args, **kwargs)
        fuse.burn()
        return answer

    return called


def mortal_work(fuse: Fuse) -> Any:
    """Units of work with a step before the transaction, and two within it."""

    class MortalChanges(Changes):
        def apply(self, database: Database, session: Transaction) -> None:
            fuse.burn()
            super().apply(database, session)
            fuse.burn()

    class MortalWork(NotificationsWork):
        def __init__(self, room: Room, tenant: str) -> None:
            super().__init__(room, tenant)
            self.changes = MortalChanges()

        async def finish(self) -> Changes:
            fuse.burn()
            return await super().finish()

    return MortalWork
