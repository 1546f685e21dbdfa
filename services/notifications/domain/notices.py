"""Notices: what was asked for, by whose key, and who it is for. The same key and content are the same notice."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

Timing = Literal["direct", "batched", "at"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One notice as it was asked for (R178).

    `asked_at` is the asker's own time, also of a clock ahead of ours: readings are told by the same clocks.
    """

    notice: str
    resident: str
    moment: str
    category: str
    timing: Timing
    due_at: datetime | None
    unless_read: str | None
    asked_at: datetime
    day: date
    trace: str | None = None
    unit: str | None = None
    text: str | None = None

    @property
    def content(self) -> str:
        """What a repeat under the same key must not differ in; when it was asked is not part of it."""
        due = self.due_at.timestamp() if self.due_at is not None else None
        said = [self.resident, self.moment, self.category, self.timing, due, self.unless_read]
        # What was asked before there were units and texts in it keeps its content.
        said += [extra for extra in (self.unit, self.text) if extra is not None]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def item(self) -> "Item":
        return Item(self.notice, self.moment, self.day.isoformat(), self.trace)

    @property
    def held_item(self) -> "Item":
        """The item of what may be read before it goes, and is judged again then."""
        return self.item._replace(held=Held(self.category, self.asked_at, self.unless_read))


class Held(NamedTuple):
    """What a notice is still to be judged by when it goes; `category` is whose text it has when it goes alone."""

    category: str
    asked_at: datetime
    unless_read: str | None

    def is_read(self, read_at: Mapping[str, datetime]) -> bool:
        """Whether the resident has read the conversation after this was asked for."""
        at = None if self.unless_read is None else read_at.get(self.unless_read)
        return at is not None and at > self.asked_at


class Item(NamedTuple):
    """A notice as part of what is sent: whose outcome is whose account line. Made by the hundred thousand."""

    notice: str
    moment: str
    day: str
    trace: str | None = None
    held: Held | None = None


def notice_id(tenant: str, dedup_key: str) -> str:
    """The same key of the same tenant is the same notice."""
    return "ntc-" + hashlib.sha256(f"{tenant}|{dedup_key}".encode()).hexdigest()[:32]
