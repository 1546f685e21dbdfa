"""One data key per subject and service; destroying the key shreds all that it sealed.

Keys lie wrapped in the collection `keys` of the service's own key database, `_id` = `tenant|subject`. A key
is made once, by whoever comes first. A subject destroyed for ever leaves a tombstone and never gets a key
again; any other may get a new one, which opens nothing of the old.

What cannot be shredded here: the oplog holds wrapped keys until it rolls over, and backups of the keys do
until they expire. Both must be shorter than the purge promise.
"""

import os
import time
from collections.abc import Collection
from typing import Any

from pymongo import ReturnDocument, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.read_concern import ReadConcern

from chassis.keys import CACHE_SECONDS, Keys, Remembered, Stopwatch, SubjectPurgedError, id_of
from chassis.masterkey import MasterKey, WrappedKey
from chassis.mongo import Database, Document
from chassis.sealing import KEY_BYTES, Sealer

_DUPLICATE = 11000

__all__ = ["Keyring", "Keys", "SubjectPurgedError"]


class Keyring:
    """The data keys of one service in MongoDB (`database` is the service's key database)."""

    def __init__(
        self,
        database: Database,
        service: str,
        master: MasterKey,
        cache_seconds: float = CACHE_SECONDS,
        *,
        stopwatch: Stopwatch = time.monotonic,
    ) -> None:
        # Majority both ways: a key that could be rolled back would take what it sealed with it.
        self._keys = database.get_collection(
            "keys", read_concern=ReadConcern("majority"), write_concern=WriteConcern("majority", j=True)
        )
        self._service = service
        self._master = master
        self._remembered = Remembered(cache_seconds, stopwatch)

    def __repr__(self) -> str:
        return f"Keyring({self._service}, {len(self._remembered)} remembered)"

    async def ensure(self, tenant: str, subject: str, *, fresh: bool = False) -> Sealer:
        key = id_of(tenant, subject)
        sealer = None if fresh else self._remembered.get(key)
        if sealer is not None:
            return sealer
        asked_at = self._remembered.now()
        document = await self._keys.find_one({"_id": key}) or await self._make(tenant, key)
        if "wrapped" not in document:
            self._remembered.drop(key)
            raise SubjectPurgedError(subject)
        return self._remember(tenant, document, asked_at)

    async def make_many(self, tenant: str, subjects: Collection[str]) -> None:
        keys = [id_of(tenant, subject) for subject in subjects]
        missing = [UpdateOne({"_id": key}, self._unless_there(tenant, key), upsert=True) for key in keys]
        try:
            await self._keys.bulk_write(missing, ordered=False)
        except BulkWriteError as error:
            # Another process made it at the same time: that one stays.
            details: Any = error.details or {}
            if any(fault.get("code") != _DUPLICATE for fault in details.get("writeErrors", ())):
                raise
        await self.load_many(tenant, subjects)

    async def load_many(self, tenant: str, subjects: Collection[str]) -> dict[str, Sealer]:
        sealers: dict[str, Sealer] = {}
        asked: dict[str, str] = {}
        for subject in subjects:
            key = id_of(tenant, subject)
            sealer = self._remembered.get(key)
            if sealer is None:
                asked[key] = subject
            else:
                sealers[subject] = sealer
        if not asked:
            return sealers
        asked_at = self._remembered.now()
        living = self._keys.find(
            {"_id": {"$in": list(asked)}, "wrapped": {"$exists": True}}, {"wrapped": 1, "key_id": 1}
        )
        for document in await living.to_list(None):
            sealers[asked[document["_id"]]] = self._remember(tenant, document, asked_at)
        return sealers

    async def destroy(self, tenant: str, subject: str, *, forever: bool) -> bool:
        key = id_of(tenant, subject)
        self._remembered.drop(key)
        if forever:
            destroyed_at = {"$ifNull": ["$destroyed_at", "$$NOW"]}
            tombstone = [{"$replaceWith": {"_id": {"$literal": key}, "destroyed_at": destroyed_at}}]
            before = await self._upsert(key, tombstone, ReturnDocument.BEFORE)
            destroyed = before is not None and "wrapped" in before
        else:
            deleted = await self._keys.delete_one({"_id": key, "wrapped": {"$exists": True}})
            destroyed = deleted.deleted_count == 1
        self._remembered.drop(key)
        return destroyed

    async def is_destroyed_many(self, tenant: str, subjects: Collection[str]) -> set[str]:
        asked = {id_of(tenant, subject): subject for subject in subjects}
        tombstones = self._keys.find(
            {"_id": {"$in": list(asked)}, "destroyed_at": {"$exists": True}}, {"_id": 1}
        )
        return {asked[document["_id"]] for document in await tombstones.to_list(None)}

    def forget(self, tenant: str, subject: str) -> None:
        self._remembered.drop(id_of(tenant, subject))

    async def rewrap(self) -> int:
        """Wrap anew what an older master key wraps; how many. Safe to stop, and to run beside services."""
        count = 0
        async for document in self._keys.find(
            {"wrapped": {"$exists": True}, "key_id": {"$ne": self._master.key_id}}
        ):
            tenant = document["_id"].partition("|")[0]
            anew = self._master.wrap(tenant, self._service, self._unwrap(tenant, document))
            # Only what still is as it was read: a key destroyed meanwhile stays destroyed.
            changed = await self._keys.update_one(
                {"_id": document["_id"], "wrapped": document["wrapped"]},
                {"$set": {"wrapped": anew.wrapped, "key_id": anew.key_id}},
            )
            count += changed.modified_count
        return count

    async def _make(self, tenant: str, key: str) -> Document:
        made = await self._upsert(key, self._unless_there(tenant, key), ReturnDocument.AFTER)
        assert made is not None
        return made

    def _unless_there(self, tenant: str, key: str) -> list[dict[str, Any]]:
        wrapped = self._master.wrap(tenant, self._service, os.urandom(KEY_BYTES))
        new = {
            "_id": {"$literal": key},
            "wrapped": {"$literal": wrapped.wrapped},
            "key_id": {"$literal": wrapped.key_id},
            "created_at": "$$NOW",
        }
        # Whoever came first stays: a key, or a tombstone.
        exists = {"$gt": [{"$ifNull": ["$wrapped", "$destroyed_at"]}, None]}
        return [{"$replaceWith": {"$cond": [exists, "$$ROOT", new]}}]

    async def _upsert(self, key: str, pipeline: list[dict[str, Any]], wanted: bool) -> Document | None:
        while True:
            try:
                found: Document | None = await self._keys.find_one_and_update(
                    {"_id": key}, pipeline, upsert=True, return_document=wanted
                )
                return found
            except DuplicateKeyError:
                # Two inserted at once and the other won: now there is a document to look at.
                continue

    def _remember(self, tenant: str, document: Document, asked_at: float) -> Sealer:
        sealer = Sealer(tenant, self._service, self._unwrap(tenant, document))
        self._remembered.put(document["_id"], sealer, asked_at=asked_at)
        return sealer

    def _unwrap(self, tenant: str, document: Document) -> bytes:
        return self._master.unwrap(tenant, self._service, WrappedKey(document["key_id"], document["wrapped"]))
