"""What a keyring promises, and what every kind of keyring shares.

A subject is whatever is purged as one: a person, or one thing about a person. A running process remembers an
unwrapped key for at most `cache_seconds` from when it asked for it, so that every process has forgotten a
destroyed key by then.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Protocol

from chassis.errors import NotFoundError
from chassis.sealing import Sealer

CACHE_SECONDS = 5.0
CACHE_KEYS = 10_000
Stopwatch = Callable[[], float]


class SubjectPurgedError(NotFoundError):
    """The subject's key was destroyed for ever: nothing of it can be read, and nothing sealed for it."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            f"{subject} was purged: its key is destroyed and is never made again.", subject=subject
        )
        self.subject = subject


class Keys(Protocol):
    """The port to a service's data keys: `Keyring` on MongoDB, `MemoryKeyring` in tests of others."""

    async def ensure(self, tenant: str, subject: str, *, fresh: bool = False) -> Sealer:
        """The subject's sealer, its key made if there is none. Raises SubjectPurgedError.

        `fresh` asks the database even if the key is remembered: for the first write of a subject whose key
        may have been destroyed, not for ever, within the last seconds.
        """
        ...

    async def make_many(self, tenant: str, subjects: Collection[str]) -> None:
        """Make the keys that are missing, in one write, and remember them all: for writing many subjects in bulk."""
        ...

    async def load_many(self, tenant: str, subjects: Collection[str]) -> dict[str, Sealer]:
        """The sealers of those subjects that have a key, in one query; the others are absent."""
        ...

    async def destroy(self, tenant: str, subject: str, *, forever: bool) -> bool:
        """Destroy the subject's key; False if there was none. Repeating it changes nothing."""
        ...

    async def is_destroyed_many(self, tenant: str, subjects: Collection[str]) -> set[str]:
        """Those of the subjects that were destroyed for ever."""
        ...

    def forget(self, tenant: str, subject: str) -> None:
        """Drop what this process remembers of the subject."""
        ...


class Remembered:
    """Sealers by id, the latest used `limit` of them, each for `seconds` from when it was asked for."""

    def __init__(self, seconds: float, stopwatch: Stopwatch, limit: int = CACHE_KEYS) -> None:
        self._seconds = seconds
        self._limit = limit
        self.now = stopwatch
        self._sealers: OrderedDict[str, tuple[float, Sealer]] = OrderedDict()

    def get(self, key: str) -> Sealer | None:
        found = self._sealers.get(key)
        if found is None:
            return None
        if found[0] <= self.now():
            del self._sealers[key]
            return None
        self._sealers.move_to_end(key)
        return found[1]

    def put(self, key: str, sealer: Sealer, *, asked_at: float) -> None:
        self._sealers[key] = (asked_at + self._seconds, sealer)
        self._sealers.move_to_end(key)
        if len(self._sealers) > self._limit:
            self._sealers.popitem(last=False)

    def drop(self, key: str) -> None:
        self._sealers.pop(key, None)

    def __len__(self) -> int:
        return len(self._sealers)


def id_of(tenant: str, subject: str) -> str:
    """`vgr|res-…`, unambiguous because a tenant holds no bar."""
    if not tenant or "|" in tenant or not subject:
        raise ValueError(f"A key belongs to a tenant without bars and to a subject: {tenant!r}, {subject!r}.")
    return f"{tenant}|{subject}"
