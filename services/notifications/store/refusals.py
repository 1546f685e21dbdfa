"""Refused commands lie among the dead messages at once: no later try can help, so nobody lines up behind them."""

import json
from collections.abc import Sequence
from typing import Any

from pymongo import DeleteMany, ReplaceOne

from chassis import parking
from chassis.mongo import Database, Document
from chassis.parking import Fate
from chassis.reactions import Heard
from chassis.work import Work
from contracts import envelope

_MOST = 100


def refuse(work: Work, heard: Heard[Any], code: str) -> None:
    """Put the message aside as dead under this code, to be listed, shown, replayed or discarded like any other."""
    said = heard.envelope
    record = parking.record_of(
        {
            "topic": heard.topic,
            "partition": heard.partition,
            "offset": heard.offset,
            "key": heard.key.encode(),
            "value": heard.data.model_dump_json().encode(),
            "headers": envelope.headers(
                id=said.id,
                source=said.source,
                type=said.type,
                time=said.time.isoformat(),
                subject=said.subject,
                tenant=said.tenant,
                sequence=said.sequence,
                traceparent=said.traceparent,
            ),
        }
    )
    document = parking.parked(
        record,
        lane=heard.lane,
        tenant=work.tenant,
        identity=said.identity,
        type_=said.type,
        error=code,
        attempts=1,
        fate=Fate.DEAD,
    )
    work.changes.write(parking.COLLECTION, ReplaceOne({"_id": document["_id"]}, document, upsert=True))


async def refused(database: Database, tenant: str, residents: Sequence[str]) -> list[Document]:
    """Messages about these residents that are parked or dead: code and times, nothing of what they say."""
    fields = {"type": 1, "state": 1, "error": 1, "attempts": 1, "parked_at": 1}
    where = {"tenant": tenant, "key": {"$in": [resident.encode() for resident in residents]}}
    return list(await database[parking.COLLECTION].find(where, fields).limit(_MOST).to_list(None))


async def forget(work: Work, resident: str, moment: str) -> int:
    """Delete what is parked or dead of the resident about the moment; returns how many messages that are."""
    parked = work.room.database[parking.COLLECTION]
    where = {"tenant": work.tenant, "key": resident.encode()}
    rows = await parked.find(where, {"value": 1}).to_list(None)
    gone = [row["_id"] for row in rows if _moment_of(row.get("value")) == moment]
    work.changes.write(parking.COLLECTION, DeleteMany({"_id": {"$in": gone}}))
    return len(gone)


def _moment_of(value: bytes | None) -> str | None:
    try:
        said = json.loads(value or b"")
    except ValueError:
        return None
    return said.get("moment_id") if isinstance(said, dict) else None
