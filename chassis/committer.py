"""Group commit: the commands that wait while a transaction is under way go together into the next one.

It couples strangers, so: one command per aggregate in a group; a stale version or a duplicate is answered on its own,
because a group that fails is split and each part tried again; and a group has a deadline. When nothing waits, a
command gets a plain transaction at once.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from chassis.changes import Changes
from chassis.errors import DomainError
from chassis.mongo import Client, Database, in_transaction

_MOST_IN_GROUP = 64
_IN_FLIGHT = 2


@dataclass(slots=True)
class _Waiting:
    changes: Changes
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Committer:
    """Commits units of work of one process. `commit` returns when the changes are durable, or raises why not."""

    def __init__(self, client: Client, database: Database, *, group: bool = True) -> None:
        self._client = client
        self._database = database
        self._most = _MOST_IN_GROUP if group else 1
        self._limit = _IN_FLIGHT if group else 1_000
        self._waiting: deque[_Waiting] = deque()
        self._flying = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def commit(self, changes: Changes) -> None:
        """Write the changes in one transaction. Raises SavedFirstError, DuplicateKeyError or UnavailableError."""
        if not changes:
            return
        if self._flying == 0 or (self._most == 1 and self._flying < self._limit):
            self._flying += 1
            try:
                await self._write(changes)
            finally:
                self._landed()
            return
        waiting = _Waiting(changes)
        self._waiting.append(waiting)
        if self._flying < self._limit:
            self._launch()
        await waiting.done

    def _landed(self) -> None:
        self._flying -= 1
        while self._waiting and self._flying < self._limit:
            self._launch()

    def _launch(self) -> None:
        group = self._next_group()
        self._flying += 1
        task = asyncio.create_task(self._fly(group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        taken: set[str] = set()
        put_back: list[_Waiting] = []
        while self._waiting and len(group) < self._most:
            waiting = self._waiting.popleft()
            if waiting.done.cancelled():
                continue
            if taken & waiting.changes.aggregates:
                put_back.append(waiting)
                continue
            taken |= waiting.changes.aggregates
            group.append(waiting)
        self._waiting.extendleft(reversed(put_back))
        return group

    async def _fly(self, group: list[_Waiting]) -> None:
        try:
            await self._settle(group)
        finally:
            self._landed()

    async def _settle(self, group: list[_Waiting]) -> None:
        if not group:
            return
        try:
            await self._write(group[0].changes.merge(waiting.changes for waiting in group[1:]))
        except Exception as error:  # whatever it is, it is answered to those it belongs to, below
            if len(group) == 1:
                _fail(group[0], error)
                return
            if isinstance(error, DomainError):
                middle = len(group) // 2
                await self._settle(group[:middle])
                await self._settle(group[middle:])
                return
            for waiting in group:
                await self._settle([waiting])
            return
        for waiting in group:
            if not waiting.done.done():
                waiting.done.set_result(None)

    async def _write(self, changes: Changes) -> None:
        await in_transaction(self._client, lambda session: changes.apply(self._database, session))


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(error)
