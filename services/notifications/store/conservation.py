"""Adding up the accounts: everything is counted from the records themselves, at one instant of the database.

Asked comes from the counter that was raised at the intake; how notices ended comes from the sendings they stand in.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from chassis.mongo import Client, Database, Document, Session
from chassis.tenancy import Tenant
from chassis.timers import COLLECTION as TIMERS
from services.notifications.domain.accounts import OUTCOMES, PRECEDENCE, Balance
from services.notifications.domain.sending import Kind
from services.notifications.domain.windows import batch_at
from services.notifications.store import accounts, flushes, ids, intake, pending, sendings
from services.notifications.usecases.notify_resident import FLUSH

# What is committed in the very moment of a batch is found by the watch within seconds.
_FOUND_WITHIN = timedelta(minutes=1)

_OUTCOME = {
    "$switch": {
        "branches": [
            {"case": {"$in": ["$state", ["due", "attempting"]]}, "then": "pending"},
            {
                "case": {"$and": [{"$eq": ["$state", "sent"]}, {"$eq": ["$kind", "digest"]}]},
                "then": "digested",
            },
        ],
        "default": "$state",
    }
}
_BEST = {
    "$switch": {
        "branches": [{"case": {"$in": [outcome, "$outcomes"]}, "then": outcome} for outcome in PRECEDENCE],
        "default": "pending",
    }
}


async def balance(client: Client, database: Database, region: Tenant, day: date, now: datetime) -> Balance:
    """The account of one tenant and civil day."""
    async with await client.start_session(snapshot=True) as session:
        return await _Count(database, session, region, day.isoformat(), now).balance()


class _Count:
    def __init__(self, database: Database, session: Session, region: Tenant, day: str, now: datetime) -> None:
        self._database = database
        self._session = session
        self._region = region
        self._day = day
        self._now = now
        self._here = {"tenant": region.slug, "day": day}

    async def balance(self) -> Balance:
        found = self._database[accounts.COLLECTION].find(self._here, session=self._session)
        folded = accounts.total(await found.to_list(None))
        channels: dict[str, Counter[str]] = defaultdict(Counter)
        doubled = await self._lines(channels) + await self._accepted_twice()
        outcomes = Counter(
            await self._grouped([{"$group": {"_id": _BEST, "n": {"$sum": 1}}}], by_notice=True)
        )
        waiting = await self._waiting()
        outcomes["pending"] += waiting
        channels[ids.INBOX]["pending"] += await self._waiting(with_entry=True)
        digests = Counter(await self._by_state(Kind.DIGEST))
        codes = Counter(await self._by_state(Kind.CODE))
        for name, count in folded.items():
            match name.split("."):
                case ["outcomes", outcome]:
                    outcomes[outcome] += count
                case ["channels", channel, outcome]:
                    channels[channel][outcome] += count
                case ["digests", state]:
                    digests[state] += count
                case ["codes", state]:
                    codes[state] += count
        recorded = await self._database[intake.COLLECTION].count_documents(self._here, session=self._session)
        return Balance(
            tenant=self._region.slug,
            day=self._day,
            asked=folded["asked"],
            recorded=recorded + folded["recorded"],
            outcomes={outcome: outcomes[outcome] for outcome in OUTCOMES},
            channels={
                name: dict(sorted((+counts).items())) for name, counts in sorted(channels.items()) if +counts
            },
            digests=dict(sorted(digests.items())),
            codes=dict(sorted(codes.items())),
            doubled=doubled,
            entries=folded["entries"],
            entered=sum(channels[ids.INBOX].values()),
            stranded=await self._stranded(),
            undelivered=await self._undelivered() + folded["undelivered"],
        )

    async def _lines(self, channels: dict[str, Counter[str]]) -> int:
        """Lines by channel and outcome; returns how many stand in more than one sending of their channel."""
        line = {"notice": "$items.notice", "channel": "$channel"}
        stages = [
            {"$group": {"_id": line, "outcome": {"$first": _OUTCOME}, "n": {"$sum": 1}}},
            {
                "$group": {
                    "_id": {"channel": "$_id.channel", "outcome": "$outcome"},
                    "n": {"$sum": 1},
                    "doubled": {"$sum": {"$cond": [{"$gt": ["$n", 1]}, 1, 0]}},
                }
            },
        ]
        doubled = 0
        for row in await self._aggregate(stages):
            channels[row["_id"]["channel"]][row["_id"]["outcome"]] += row["n"]
            doubled += row["doubled"]
        return doubled

    async def _accepted_twice(self) -> int:
        """Sendings that the provider took under another id, too, if that is no other sending's own.

        Of two tries with one text to one number, looked up in the account's history, each may have got the other's id.
        """
        where = {"tenant": self._region.slug, "days": self._day, "extra_ids": {"$exists": True}}
        found = self._database[sendings.COLLECTION].find(where, {"extra_ids": 1}, session=self._session)
        extra = [set(row["extra_ids"]) for row in await found.to_list(None)]
        if not extra:
            return 0
        theirs = {"tenant": self._region.slug, "provider_id": {"$in": sorted(set().union(*extra))}}
        own = set(
            await self._database[sendings.COLLECTION].distinct("provider_id", theirs, session=self._session)
        )
        return sum(not each <= own for each in extra)

    async def _undelivered(self) -> int:
        """Lines whose provider took them and could not deliver them."""
        stages: list[Document] = [{"$match": {"state": "sent", "receipt.status": "failed"}}, {"$count": "n"}]
        return sum(row["n"] for row in await self._aggregate(stages))

    async def _grouped(self, stages: list[Document], *, by_notice: bool) -> Mapping[str, int]:
        each: list[Document] = []
        if by_notice:
            each = [
                {"$match": {"channel": {"$ne": ids.INBOX}}},
                {"$group": {"_id": "$items.notice", "outcomes": {"$addToSet": _OUTCOME}}},
            ]
        return {row["_id"]: row["n"] for row in await self._aggregate([*each, *stages])}

    async def _aggregate(self, stages: list[Document]) -> list[Document]:
        """Over the lines of the day."""
        pipeline: list[Document] = [
            {"$match": {"tenant": self._region.slug, "days": self._day}},
            {"$unwind": "$items"},
            {"$match": {"items.day": self._day}},
            *stages,
        ]
        rows = self._database[sendings.COLLECTION].aggregate(
            pipeline, session=self._session, allowDiskUse=True
        )
        return list(await rows.to_list(None))

    async def _by_state(self, kind: Kind) -> Mapping[str, int]:
        """Sendings of a kind that hold anything of the day, by state."""
        pipeline: list[Document] = [
            {"$match": {"tenant": self._region.slug, "days": self._day, "kind": kind.value}},
            {"$group": {"_id": "$state", "n": {"$sum": 1}}},
        ]
        rows = self._database[sendings.COLLECTION].aggregate(pipeline, session=self._session)
        return {row["_id"]: row["n"] for row in await rows.to_list(None)}

    async def _waiting(self, *, with_entry: bool = False) -> int:
        where: dict[str, Any] = {**_within(self._region.slug), "item.day": self._day}
        if with_entry:
            where["entry"] = {"$exists": True}
        return int(await self._database[pending.COLLECTION].count_documents(where, session=self._session))

    async def _stranded(self) -> int:
        """What waits for a window that has gone, and that neither timer nor flush will look at."""
        window = await pending.oldest_window(self._database, self._region.slug)
        if window is None:
            return 0
        gone = (
            batch_at(date.fromisoformat(window), self._region.batch_time, self._region.zone) + _FOUND_WITHIN
        )
        if self._now < gone:
            return 0
        timer = {"_id": f"{self._region.slug}|{FLUSH}|{window}"}
        flush = {"_id": f"{self._region.slug}|{window}"}
        if await self._database[TIMERS].find_one(timer) or await self._database[flushes.COLLECTION].find_one(
            flush
        ):
            return 0
        where: dict[str, Any] = {**_within(f"{self._region.slug}|{window}"), "item.day": self._day}
        return int(await self._database[pending.COLLECTION].count_documents(where))


def _within(prefix: str) -> Document:
    return {"_id": {"$gte": f"{prefix}|", "$lt": f"{prefix}|\U0010ffff"}}
