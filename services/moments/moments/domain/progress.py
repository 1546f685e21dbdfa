"""What a resident has read and bookmarked in a moment, and what of it is completed.

It lies beside the moment, with a version of its own: whoever turns a page makes no change by staff stale.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Page = tuple[str, str]
"""A step of a module, by their codes."""


@dataclass(frozen=True, slots=True)
class ModuleDone:
    module: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ProgramDone:
    at: datetime
    by: str


@dataclass(slots=True)
class Progress:
    """The progress of the moment `id`; `completed` and `completed_at` are what has been said already (R94)."""

    id: str
    read: dict[Page, datetime] = field(default_factory=dict)
    bookmarks: dict[Page, datetime] = field(default_factory=dict)
    completed: set[str] = field(default_factory=set)
    completed_at: datetime | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def mark(self, page: Page, at: datetime) -> None:
        """The page is read from now on; reading it again changes nothing (R81, R84)."""
        self.read.setdefault(page, at)

    def bookmark(self, page: Page, at: datetime) -> None:
        """Keep a bookmark in the page (R366)."""
        self.bookmarks.setdefault(page, at)

    def remove_bookmark(self, page: Page) -> None:
        """Take the bookmark out; nothing happens where there is none."""
        self.bookmarks.pop(page, None)

    def say_completed(self, modules: Iterable[str], *, program: bool, at: datetime, by: str) -> None:
        """Say of these modules, and of the whole program, that the resident has completed them: once each (R94)."""
        for code in modules:
            if code not in self.completed:
                self.completed.add(code)
                self.events.append(ModuleDone(code, at, by))
        if program and self.completed_at is None:
            self.completed_at = at
            self.events.append(ProgramDone(at, by))

    def copied_to(self, moment: str) -> "Progress":
        """The same progress in a moment that continues this one (D32)."""
        return Progress(moment, dict(self.read), dict(self.bookmarks), set(self.completed), self.completed_at)
