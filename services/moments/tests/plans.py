"""How the database went about every query of a test, as it has written down itself.

A query that names neither a tenant nor a document is found on the smallest collection, not first on the largest.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from chassis.indexes import OWN
from chassis.mongo import Database
from chassis.testing import BY_THE_TEST
from services.moments.app import SERVICE

# The chassis works through its own collections across tenants.
_OF_THE_CHASSIS = {*OWN, "outbox", "leases", "system"}
# A region has few of these: a list of all its own is no scan.
_FEW = {"releases", "offers", "units"}
# Plans that take a document by its id, or find that there is nothing to look in.
_BY_ID_OR_NOTHING = re.compile(r"^(IDHACK|EXPRESS|EOF|CLUSTERED_IDX|FETCH)")
_INDEX = re.compile(r"(?:IXSCAN|COUNT_SCAN|DISTINCT_SCAN) \{ ([^}]*) \}")


@asynccontextmanager
async def explaining(database: Database) -> AsyncIterator[None]:
    """Refuse, at the end, every query inside that scanned a collection, or all that a tenant has in it."""
    await database.command({"profile": 2, "slowms": 0})
    try:
        yield
    finally:
        await database.command({"profile": 0})
    rows = await database["system.profile"].find({"planSummary": {"$exists": True}}).to_list(None)
    faults = {fault for row in rows for fault in faults_of(row)}
    assert not faults, "\n".join(sorted(faults))


def faults_of(row: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one row of the profile: nothing, unless a scan or a foreign index served it."""
    collection = row["ns"].partition(".")[2]
    asked = _asked(row.get("command", {}))
    # A question for everything there is comes from a test: no store asks one.
    if not asked or collection.partition(".")[0] in _OF_THE_CHASSIS:
        return
    plan = row["planSummary"]
    indexes = [[key.split(":")[0] for key in keys.split(", ")] for keys in _INDEX.findall(plan)]
    if "COLLSCAN" in plan or not (indexes or _BY_ID_OR_NOTHING.match(plan)):
        yield f"{collection} is scanned for {asked}: {plan}"
    for first, *_ in indexes:
        if first not in ("tenant", "_id"):
            yield f"{collection} is asked across tenants for {asked}: {plan}"
    if collection not in _FEW and not _is_narrowed(collection, _fields(asked)):
        yield f"{collection} is scanned within the tenant for {asked}: give it an index."


def _is_narrowed(collection: str, fields: set[str]) -> bool:
    # Not by the plan: among few documents any index that begins with the tenant is as good.
    second = {index.fields.split()[1].lstrip("-") for index in SERVICE.indexes.get(collection, ())}
    return "_id" in fields or bool(second & fields)


def _asked(command: Mapping[str, Any]) -> Any:
    if command.get("comment") == BY_THE_TEST:
        return None
    if "pipeline" in command:
        return next((stage["$match"] for stage in command["pipeline"] if "$match" in stage), None)
    return command.get("filter") or command.get("q") or command.get("query")


def _fields(asked: Mapping[str, Any]) -> set[str]:
    every = [asked, *asked.get("$or", ()), *asked.get("$and", ())]
    return {name for each in every for name in each}
