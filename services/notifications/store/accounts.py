"""The running accounts of each tenant and day: what was asked, and what is left to count when its notices are purged.

They hold numbers and nothing else. Counters of a day are spread over slots, so that workers seldom meet in one.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from pymongo import UpdateOne

from chassis.changes import Changes

COLLECTION = "accounts"
_SLOTS = 32


class Accounts:
    """What one unit of work adds to the accounts of its tenant, as one write per day."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._slot = secrets.randbelow(_SLOTS)
        self._added: dict[str, Counter[str]] = defaultdict(Counter)

    def asked(self, day: str) -> None:
        """A notice was asked for."""
        self._added[day]["asked"] += 1

    def entry(self, day: str) -> None:
        """An entry is to be made in the resident's inbox, at once or with its day."""
        self._added[day]["entries"] += 1

    def fold_notice(self, day: str, outcome: str | None) -> None:
        """A notice's record goes; that it was, and how it ended, stays."""
        self._added[day]["recorded"] += 1
        if outcome is not None:
            self._added[day][f"outcomes.{outcome}"] += 1

    def fold_line(self, day: str, channel: str, outcome: str) -> None:
        """A line of a channel goes; its count stays."""
        self._added[day][f"channels.{channel}.{outcome}"] += 1

    def fold_undelivered(self, day: str) -> None:
        """A line goes that its provider could not deliver; that it was stays."""
        self._added[day]["undelivered"] += 1

    def fold_digest(self, day: str, state: str) -> None:
        """The last trace of a day in a digest goes; that there was a digest stays."""
        self._added[day][f"digests.{state}"] += 1

    def fold_code(self, day: str, state: str) -> None:
        """The record of a code goes; that it was, and what became of it, stays."""
        self._added[day][f"codes.{state}"] += 1

    async def flush(self, changes: Changes) -> None:
        """Hand over the additions; called by the unit of work."""
        for day, added in self._added.items():
            identity = {"_id": f"{self._tenant}|{day}|{self._slot:02d}"}
            place = {"tenant": self._tenant, "day": day}
            changes.write(
                COLLECTION, UpdateOne(identity, {"$inc": dict(added), "$setOnInsert": place}, upsert=True)
            )
        self._added.clear()


def total(documents: Sequence[Mapping[str, object]]) -> Counter[str]:
    """The slots of a day added up, under dotted names."""
    counted: Counter[str] = Counter()
    for document in documents:
        for name, value in _flat(document, ""):
            counted[name] += value
    return counted


def _flat(document: Mapping[str, object], path: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for name, value in document.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{path}{name}.")
        elif isinstance(value, int) and not isinstance(value, bool):
            found.append((f"{path}{name}", value))
    return found
