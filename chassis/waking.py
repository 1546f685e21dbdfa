"""Sleeping until something is put in the outbox: a change stream wakes at once and costs nothing while asleep.

It tells of inserts one by one and late under load, so whoever is busy forgets it and looks by itself. It may wake for
nothing, and never sleeps longer than a second, whatever it has missed.
"""

import asyncio
from typing import Any

_LONGEST_SECONDS = 1.0
# What comes between the last look and the opening of the stream is seen by looking once more after so long.
_OPENING_SECONDS = 0.02


class Waking:
    """Wakes one relay. `outbox` is the collection, read with majority concern."""

    def __init__(self, outbox: Any) -> None:
        self._outbox = outbox
        self._stream: Any = None
        self._next: asyncio.Future[Any] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def sleep(self, published: frozenset[str] = frozenset()) -> None:
        """Return when there may be something that is not among the ids just `published`."""
        fresh = self._stream is None
        if fresh:
            self._stream = self._outbox.watch(
                [{"$match": {"operationType": "insert"}}, {"$project": {"documentKey": 1}}],
                max_await_time_ms=int(_LONGEST_SECONDS * 1000),
            )
        while True:
            if self._next is None:
                self._next = asyncio.ensure_future(self._stream.try_next())
            if fresh:
                done, _ = await asyncio.wait({self._next}, timeout=_OPENING_SECONDS)
                if not done:
                    return
                fresh = False
            change = await asyncio.shield(self._next)
            self._next = None
            if change is None or change["documentKey"]["_id"] not in published:
                return

    def forget(self) -> None:
        """Close the stream, if there is one, without waiting for that."""
        stream, waiting = self._stream, self._next
        self._stream = self._next = None
        if stream is not None:
            task = asyncio.create_task(_close(stream, waiting))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close it, and wait for that."""
        self.forget()
        await asyncio.gather(*self._closing)


async def _close(stream: Any, waiting: "asyncio.Future[Any] | None") -> None:
    # A stream is used by one at a time; what it would have told, or why it failed, concerns nobody any more.
    if waiting is not None:
        await asyncio.gather(waiting, return_exceptions=True)
    await stream.close()
