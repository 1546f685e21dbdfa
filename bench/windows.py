"""Windows full of pending notices of many regions, and the residents they are for: what `digest` flushes."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo import IndexModel, MongoClient, WriteConcern

from services.notifications.domain.notices import Asked
from services.notifications.store import pending

REGIONS = 21
WINDOW = "2026-11-21"
_ASKED_AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_MANY = 10_000
Mongo = MongoClient[dict[str, Any]]
SLUGS = tuple(f"region{chr(ord('a') + number)}" for number in range(REGIONS))

_FILE = """\
slug: {slug}
name: Region {slug}
organisation_number: 232100-0131
maintenance_limit_days: 90
sms_sender: Region
mail_from: noreply@{slug}.example
support:
  staff: Ring supporten.
  residents: Ring 1177.
issuer: http://issuer.example/{slug}
audience: sob
"""


def write_regions(folder: Path) -> None:
    """A file for each region."""
    folder.mkdir()
    for slug in SLUGS:
        (folder / f"{slug}.yaml").write_text(_FILE.format(slug=slug), "utf-8")


def seed_contacts(mongo: Mongo, name: str, residents: int) -> None:
    """Each resident has SMS on; the number is never opened by a flush, so any bytes of its length will do."""
    contacts = mongo[name].get_collection("contacts", write_concern=WriteConcern(1))
    contacts.delete_many({})
    contacts.insert_many(
        [
            {
                "_id": f"{tenant}|{resident}",
                "tenant": tenant,
                "subject": resident,
                "version": 1,
                "position": 1,
                "sms": {"on": True, "to": bytes(41)},
                "email": {"on": False, "to": None},
            }
            for tenant, resident in _residents(residents)
        ],
        ordered=False,
    )


def seed_pending(mongo: Mongo, name: str, residents: int, each: int) -> None:
    """Each resident waits for `each` notices of three moments, in order of intake: spread over the collection."""
    mongo[name].drop_collection("pending")
    mongo[name].create_collection("pending", clusteredIndex={"key": {"_id": 1}, "unique": True})
    collection = mongo[name].get_collection("pending", write_concern=WriteConcern(1))
    documents = []
    for number in range(each):
        for tenant, resident in _residents(residents):
            documents.append(pending.document(tenant, WINDOW, _asked(resident, number)))
            if len(documents) == _MANY:
                collection.insert_many(documents, ordered=False)
                documents = []
    if documents:
        collection.insert_many(documents, ordered=False)


def empty_sendings(mongo: Mongo, name: str) -> None:
    """A collection with its indexes and nothing else: what was deleted from one burdens it for a while."""
    indexes = [
        IndexModel(found.pop("key"), name=label, **found)
        for label, found in mongo[name]["sendings"].index_information().items()
        if label != "_id_" and found.pop("v")
    ]
    mongo[name].drop_collection("sendings")
    mongo[name]["sendings"].create_indexes(indexes)


def ask_flushes(mongo: Mongo, name: str) -> None:
    """The hour has come in every region."""
    mongo[name]["flushes"].delete_many({})
    place = {"window": WINDOW, "until": None, "token": None, "asked": "bench"}
    mongo[name]["flushes"].insert_many(
        [{"_id": f"{slug}|{WINDOW}", "tenant": slug, **place} for slug in SLUGS]
    )


def _residents(residents: int) -> Iterator[tuple[str, str]]:
    for number in range(residents):
        yield SLUGS[number % REGIONS], "res-" + hashlib.md5(str(number).encode()).hexdigest()


def _asked(resident: str, number: int) -> Asked:
    tail = hashlib.md5(f"{resident}{number}".encode()).hexdigest()
    return Asked(
        notice=f"ntc-{tail}",
        resident=resident,
        moment=f"mom-{tail[:26]}",
        category="new_message",
        timing="batched",
        due_at=None,
        unless_read=None,
        asked_at=_ASKED_AT,
        day=_ASKED_AT.date(),
        trace=_TRACE,
    )
