"""Data keys in memory, for tests of what needs a keyring; it passes the same suite as `Keyring`.

Processes are imitated by several `MemoryKeyring`s over one `vault`: each remembers for itself.
"""

import os
import time
from collections.abc import Collection

from chassis.keys import CACHE_SECONDS, Remembered, Stopwatch, SubjectPurgedError, id_of
from chassis.sealing import KEY_BYTES, Sealer

# A key by id; None is a tombstone.
Vault = dict[str, bytes | None]


class MemoryKeyring:
    """The keys of one service, gone with the process."""

    def __init__(
        self,
        service: str,
        cache_seconds: float = CACHE_SECONDS,
        *,
        vault: Vault | None = None,
        stopwatch: Stopwatch = time.monotonic,
    ) -> None:
        self._service = service
        self._vault: Vault = {} if vault is None else vault
        self._remembered = Remembered(cache_seconds, stopwatch)

    def __repr__(self) -> str:
        return f"MemoryKeyring({self._service}, {len(self._remembered)} remembered)"

    async def ensure(self, tenant: str, subject: str, *, fresh: bool = False) -> Sealer:
        key = id_of(tenant, subject)
        sealer = None if fresh else self._remembered.get(key)
        if sealer is not None:
            return sealer
        data_key = self._vault.setdefault(key, os.urandom(KEY_BYTES))
        if data_key is None:
            self._remembered.drop(key)
            raise SubjectPurgedError(subject)
        return self._remember(tenant, key, data_key)

    async def make_many(self, tenant: str, subjects: Collection[str]) -> None:
        for subject in subjects:
            self._vault.setdefault(id_of(tenant, subject), os.urandom(KEY_BYTES))

    async def load_many(self, tenant: str, subjects: Collection[str]) -> dict[str, Sealer]:
        sealers: dict[str, Sealer] = {}
        for subject in subjects:
            key = id_of(tenant, subject)
            sealer = self._remembered.get(key)
            data_key = self._vault.get(key)
            if sealer is not None:
                sealers[subject] = sealer
            elif data_key is not None:
                sealers[subject] = self._remember(tenant, key, data_key)
        return sealers

    async def destroy(self, tenant: str, subject: str, *, forever: bool) -> bool:
        key = id_of(tenant, subject)
        self._remembered.drop(key)
        destroyed = self._vault.get(key) is not None
        if forever:
            self._vault[key] = None
        elif destroyed:
            del self._vault[key]
        return destroyed

    async def is_destroyed_many(self, tenant: str, subjects: Collection[str]) -> set[str]:
        return {subject for subject in subjects if self._vault.get(id_of(tenant, subject), b"") is None}

    def forget(self, tenant: str, subject: str) -> None:
        self._remembered.drop(id_of(tenant, subject))

    def _remember(self, tenant: str, key: str, data_key: bytes) -> Sealer:
        sealer = Sealer(tenant, self._service, data_key)
        self._remembered.put(key, sealer, asked_at=self._remembered.now())
        return sealer
