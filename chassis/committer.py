"""Group commit: the commands that wait while a transaction is under way go together into the next one.

It couples strangers, so: one command per aggregate in a group and in flight; a group that fails is split and each
part tried again, until a failure is answered to its own command alone; and a command has a deadline. When nothing
waits, a command gets a plain transaction at once. Nobody who stops waiting for an answer disturbs a transaction.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from chassis.changes import Changes
from chassis.mongo import Client, Database, UnavailableError, in_transaction, is_infrastructure

_MOST_IN_GROUP = 64
_IN_FLIGHT = 2
# A second transaction beside the first is worth its round trips only for as many as this.
_WORTH_A_SECOND = 16
_DEADLINE_SECONDS = 20.0


@dataclass(slots=True)
class _Waiting:
    changes: Changes
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, error: Exception | None = None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Committer:
    """Commits units of work of one process. `commit` returns when the changes are durable, or raises why not."""

    def __init__(
        self, client: Client, database: Database, *, group: bool = True, deadline: float = _DEADLINE_SECONDS
    ) -> None:
        self._client = client
        self._database = database
        self._deadline = deadline
        self._most = _MOST_IN_GROUP if group else 1
        self._limit = _IN_FLIGHT if group else 1_000
        self._worth_another = _WORTH_A_SECOND if group else 1
        self._waiting: deque[_Waiting] = deque()
        self._flying: set[asyncio.Task[None]] = set()
        self._in_the_air: set[str] = set()

    async def commit(self, changes: Changes) -> None:
        """Write the changes in one transaction. Raises SavedFirstError, DuplicateKeyError or UnavailableError.

        After UnavailableError it is not known whether they were written.
        """
        if not changes:
            return
        waiting = _Waiting(changes)
        self._waiting.append(waiting)
        self._launch()
        try:
            async with asyncio.timeout(self._deadline):
                await waiting.done
        except TimeoutError:
            raise UnavailableError(
                "It is not known whether the change was saved; repeat the request."
            ) from None

    def _launch(self) -> None:
        while self._waiting and len(self._flying) < self._limit:
            if self._flying and len(self._waiting) < self._worth_another:
                return
            group = self._next_group()
            if not group:
                return
            task = asyncio.create_task(self._fly(group))
            self._flying.add(task)
            task.add_done_callback(self._landed)

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._flying.discard(task)
        self._launch()

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        put_back: list[_Waiting] = []
        while self._waiting and len(group) < self._most:
            waiting = self._waiting.popleft()
            if waiting.done.done():
                continue
            # What waits for its aggregate is stale by then, or comes from a reader that saw the first one land.
            if self._in_the_air & waiting.changes.aggregates:
                put_back.append(waiting)
                continue
            self._in_the_air |= waiting.changes.aggregates
            group.append(waiting)
        self._waiting.extendleft(reversed(put_back))
        return group

    async def _fly(self, group: Sequence[_Waiting]) -> None:
        try:
            await self._settle(group)
        finally:
            for waiting in group:
                self._in_the_air -= waiting.changes.aggregates
                # Only when the process ends in the middle of it.
                waiting.settle(
                    UnavailableError("It is not known whether the change was saved; repeat the request.")
                )

    async def _settle(self, group: Sequence[_Waiting]) -> None:
        first, *others = (waiting.changes for waiting in group)
        try:
            await self._write(first.merge(others) if others else first)
        except Exception as error:  # whatever it is, it is answered to those it belongs to
            if len(group) > 1 and not is_infrastructure(error):
                middle = len(group) // 2
                await self._settle(group[:middle])
                await self._settle(group[middle:])
                return
            for waiting in group:
                waiting.settle(error)
            return
        for waiting in group:
            waiting.settle()

    async def _write(self, changes: Changes) -> None:
        await in_transaction(self._client, lambda session: changes.apply(self._database, session))
