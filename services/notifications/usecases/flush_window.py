"""Flushing a window: everything a resident waits for becomes one sending per channel, in parts of bounded size.

A part is read and made first, and written as one transaction: sendings in, pending out. A digest's id follows from
resident, channel and window, so a part that is done again, by anybody, makes nothing new; what comes late for a
window joins the digest made before. Of moments that are known to have ended nothing is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter

from chassis.changes import Changes
from chassis.mongo import Document, in_transaction
from services.notifications.domain.sending import Kind
from services.notifications.domain.wording import DIGEST
from services.notifications.store import contacts, endings, entries, inboxes, pending, reads, sendings
from services.notifications.store.contacts import Reachable
from services.notifications.store.ids import INBOX, DigestIds
from services.notifications.store.pending import Pending
from services.notifications.usecases.let_go import suppress_waiting
from services.notifications.work import NotificationsWork


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be written for a part of a window as it was read; `last` is the last id in it."""

    last: str
    changes: Changes
    is_last: bool


async def make_part(
    work: NotificationsWork, window: str, after: str | None, most: int, *, made_before: bool
) -> Part | None:
    """At most `most` items that come after the id `after`; None when nothing is left.

    `made_before` looks for digests of the window that are there already. Without it they make `write_part` fail.
    """
    database, tenant = work.room.database, work.tenant
    waiting = await pending.read(database, tenant, window, after, most)
    if not waiting:
        return None
    full = len(waiting) == most
    waiting = _whole_residents(waiting, full=full)
    items = await _not_ended(work, waiting)
    read_at = await reads.read_at(database, tenant, (item.unless_read for item in items if item.unless_read))
    channels = await contacts.reachable(database, tenant, (item.resident for item in items))
    ids = DigestIds(work, window)
    made: list[Document] = []
    for resident, group in groupby(items, key=attrgetter("resident")):
        read, unread = _parted(group, read_at)
        if read:
            identity = ids.none(resident, "read")
            made.append(sendings.suppressed(work, identity, resident, read, "read", window=window))
        if unread:
            made += _digests(work, ids, window, resident, unread, channels.get(resident, ()))
    made += await _entries(work, items)
    existing = await sendings.find_many(database, [new["_id"] for new in made]) if made_before else {}
    for new in made:
        before = existing.get(new["_id"])
        if before is None:
            sendings.keep(work, new)
        elif new["channel"] != INBOX:
            # True to what the resident was told: an item of a window was asked for before the window's digest went.
            sendings.join(work, before, [sendings.read(item) for item in new["items"]])
    pending.delete(work, waiting[0].id, waiting[-1].id, len(waiting))
    return Part(waiting[-1].id, await work.finish(), is_last=not full)


async def write_part(work: NotificationsWork, part: Part) -> None:
    """Write it, all or nothing.

    Raises SavedFirstError when the window changed since it was read, and DuplicateKeyError when a digest was made
    before: make it again.
    """
    await in_transaction(work.room.client, partial(part.changes.apply, work.room.database))


async def _not_ended(work: NotificationsWork, waiting: list[Pending]) -> list[Pending]:
    """What is of moments that go on; the rest is suppressed, entries too (R200, R302)."""
    ended = await endings.among(work.room.database, work.tenant, (item.written["moment"] for item in waiting))
    if not ended:
        return waiting
    for item in waiting:
        if item.written["moment"] in ended:
            suppress_waiting(work, item)
    return [item for item in waiting if item.written["moment"] not in ended]


async def _entries(work: NotificationsWork, items: Sequence[Pending]) -> list[Document]:
    """The entries of what was asked for a day: the resident is told on that day and not before (R185)."""
    entering = [item for item in items if item.entry is not None]
    if not entering:
        return []
    numbers = await inboxes.numbers(work.room.database, work.tenant, (item.resident for item in entering))
    return [
        entries.made(work, item.resident, item.written, item.entry, numbers.get(item.resident))
        for item in entering
        if item.entry is not None
    ]


def _whole_residents(items: list[Pending], *, full: bool) -> list[Pending]:
    """Without the last resident, whose rest may lie beyond the part; all of it when it is one resident's."""
    if not full or items[0].resident == items[-1].resident:
        return items
    last = items[-1].resident
    return [item for item in items if item.resident != last]


def _parted(
    group: Iterable[Pending], read_at: Mapping[str, datetime]
) -> tuple[list[Document], list[Document]]:
    """What the resident has read meanwhile, and what not."""
    if not read_at:
        return [], [item.going for item in group]
    read, unread = [], []
    for item in group:
        if _is_read(item, read_at):
            read.append(item.written)
        else:
            unread.append(item.going)
    return read, unread


def _digests(  # noqa: PLR0917
    work: NotificationsWork,
    ids: DigestIds,
    window: str,
    resident: str,
    unread: list[Document],
    channels: Sequence[Reachable],
) -> list[Document]:
    """One sending per channel (R182); a record of why not if no channel is on."""
    if not channels:
        identity = ids.none(resident, "no_channel")
        return [sendings.suppressed(work, identity, resident, unread, "no_channel", window=window)]
    return [
        sendings.new(
            work,
            ids.of(resident, channel.channel),
            kind=Kind.DIGEST,
            resident=resident,
            channel=channel.channel,
            category=DIGEST,
            items=unread,
            to=channel.to,
            window=window,
        )
        for channel in channels
    ]


def _is_read(item: Pending, read_at: Mapping[str, datetime]) -> bool:
    if item.unless_read is None or item.asked_at is None:
        return False
    at = read_at.get(item.unless_read)
    return at is not None and at > item.asked_at
