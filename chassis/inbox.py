"""The inbox: a message's id is inserted in the transaction that holds its effects, so it is handled once or not yet.

Ids are kept longer than any topic keeps its messages, so replaying a whole topic changes nothing and sends nothing.
"""

from collections.abc import Iterable
from datetime import timedelta

from chassis.clock import SystemClock
from chassis.mongo import Database, Document
from contracts.registry import TOPICS

COLLECTION = "inbox"
# Real time, not the service's clock: the broker's retention runs on real time, too.
_KEPT = timedelta(days=max(topic.retention_days for topic in TOPICS) + 7)
_real = SystemClock()


def claims(identities: Iterable[str]) -> list[Document]:
    """The documents whose insertion claims these messages."""
    expires_at = _real.now() + _KEPT
    return [{"_id": identity, "expires_at": expires_at} for identity in identities]


async def already_handled(database: Database, identities: Iterable[str]) -> set[str]:
    """Which of these messages have been handled before."""
    wanted = list(identities)
    cursor = database[COLLECTION].find({"_id": {"$in": wanted}}, {"_id": 1}, batch_size=len(wanted) + 1)
    return {document["_id"] for document in await cursor.to_list(None)}
