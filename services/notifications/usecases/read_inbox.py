"""The resident's own inbox: what has come, what is unread, and marking as read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chassis.errors import NotFoundError
from chassis.http.paging import After
from services.notifications.entry_texts import EntryText, entry_text
from services.notifications.store import entries, inboxes, texts
from services.notifications.store.entries import Entry
from services.notifications.work import NotificationsWork


class EntryNotFoundError(NotFoundError):
    def __init__(self, entry: str) -> None:
        super().__init__(f"There is no entry {entry} in this inbox.", entry=entry)


@dataclass(frozen=True, slots=True)
class Login:
    """Who looks. `number` only where entries are delivered to 1177, which is reached by it."""

    resident: str
    number: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """One page, the newest entries first."""

    after: After | None
    limit: int
    unread: bool


@dataclass(frozen=True, slots=True)
class Shown:
    entry: Entry
    text: EntryText


@dataclass(frozen=True, slots=True)
class InboxPage:
    entries: Sequence[Shown]
    has_more: bool


async def read_inbox(login: Login, place: Place, work: NotificationsWork) -> InboxPage:
    """A page of what the resident was told, with the designers' words where they have come (R178, R186, R199)."""
    await _open(login, work)
    work.audit("inbox.read", resident=login.resident)
    found = await entries.page(
        work, login.resident, after=place.after, limit=place.limit + 1, unread=place.unread
    )
    shown = found[: place.limit]
    return InboxPage(await _worded(shown, work), has_more=len(found) > place.limit)


async def count_unread(login: Login, most: int, work: NotificationsWork) -> int:
    """How many entries are unread, counted up to `most`."""
    await _open(login, work)
    work.audit("inbox.counted", resident=login.resident)
    return await entries.count_unread(work, login.resident, most)


async def mark_read(resident: str, notice: str, work: NotificationsWork) -> Shown:
    """The entry, read from now on, or from when it was read first. Raises EntryNotFoundError."""
    found = await entries.find(work, resident, notice)
    if found is None:
        raise EntryNotFoundError(notice)
    if found.read_at is None:
        entries.mark_read(work, notice)
        work.audit("inbox.entry_read", resident=resident, moment=found.moment)
        found = Entry(
            found.notice, found.moment, found.category, found.unit, found.text, found.at, read_at=work.now
        )
    (shown,) = await _worded([found], work)
    return shown


async def _open(login: Login, work: NotificationsWork) -> None:
    """The first login opens the inbox (R195)."""
    if login.number is None or await inboxes.is_open(work.room.database, work.tenant, login.resident):
        return
    await inboxes.open_inbox(work, login.resident, login.number)
    work.audit("inbox.opened", resident=login.resident)


async def _worded(found: Sequence[Entry], work: NotificationsWork) -> list[Shown]:
    named = (entry.text for entry in found if entry.text is not None)
    words = await texts.find_many(work.room.database, work.tenant, named)
    return [
        Shown(entry, entry_text(entry.category, None if entry.text is None else words.get(entry.text)))
        for entry in found
    ]
