"""Flushing a window: everything a resident waits for becomes one sending per channel, in parts of bounded size.

A part is read and made first, and written as one transaction: sendings in, pending out. A digest's id follows from
resident, channel and window, so a part that is done again, by anybody, makes nothing new; what comes late for a
window joins the digest made before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from chassis.changes import Changes
from chassis.mongo import Session, in_transaction
from services.notifications.domain.notices import Item
from services.notifications.domain.sending import Kind
from services.notifications.store import contacts, pending, reads, sendings
from services.notifications.store.contacts import Reachable
from services.notifications.store.pending import Pending
from services.notifications.wording import DIGEST
from services.notifications.work import NotificationsWork


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a window as it was read, and what is to be written for it; `last` is the last id in it."""

    first: str
    last: str
    items: int
    changes: Changes
    is_last: bool


async def make_part(
    work: NotificationsWork, window: str, after: str | None, most: int, *, made_before: bool
) -> Part | None:
    """At most `most` items that come after the id `after`; None when nothing is left.

    `made_before` looks for digests of the window that are there already. Without it they make `write_part` fail.
    """
    database, tenant = work.room.database, work.tenant
    items = await pending.read(database, tenant, window, after, most)
    if not items:
        return None
    full = len(items) == most
    items = _whole_residents(items, full=full)
    read_at = await reads.read_at(database, tenant, (item.unless_read for item in items if item.unless_read))
    channels = await contacts.reachable(database, tenant, (item.resident for item in items))
    wanted: dict[str, list[Item]] = {}
    for resident, group in groupby(items, key=lambda item: item.resident):
        unread = _leave_out_read(work, window, resident, list(group), read_at)
        wanted |= _digest(work, window, resident, unread, channels.get(resident, ()))
    if made_before:
        await _join(work, wanted)
    return Part(items[0].id, items[-1].id, len(items), await work.finish(), is_last=not full)


async def write_part(work: NotificationsWork, part: Part) -> None:
    """Write it, all or nothing.

    Raises SavedFirstError when the window changed since it was read, and DuplicateKeyError when a digest was made
    before: make it again.
    """

    async def write(session: Session) -> None:
        await pending.delete(work.room.database, session, part.first, part.last, part.items)
        await part.changes.apply(work.room.database, session)

    await in_transaction(work.room.client, write)


def _whole_residents(items: list[Pending], *, full: bool) -> list[Pending]:
    """Without the last resident, whose rest may lie beyond the part; all of it when it is one resident's."""
    if not full or items[0].resident == items[-1].resident:
        return items
    last = items[-1].resident
    return [item for item in items if item.resident != last]


def _leave_out_read(
    work: NotificationsWork,
    window: str,
    resident: str,
    group: Sequence[Pending],
    read_at: Mapping[str, datetime],
) -> list[Item]:
    """What the resident has not read yet; the rest is recorded as suppressed."""
    read = [item.item for item in group if _is_read(item, read_at)] if read_at else []
    if not read:
        return [item.item for item in group]
    work.insert(sendings.COLLECTION, sendings.suppressed(work, resident, read, "read", window=window))
    return [item.item for item in group if not _is_read(item, read_at)]


def _digest(
    work: NotificationsWork, window: str, resident: str, unread: list[Item], channels: Sequence[Reachable]
) -> dict[str, list[Item]]:
    """One sending per channel (R182), by its id; nothing if everything has been read or no channel is on."""
    if unread and not channels:
        work.insert(
            sendings.COLLECTION, sendings.suppressed(work, resident, unread, "no_channel", window=window)
        )
    wanted: dict[str, list[Item]] = {}
    for channel in channels if unread else ():
        identity = sendings.id_of(work, "digest", resident, channel.channel, window)
        wanted[identity] = unread
        document = sendings.new(
            work,
            identity,
            kind=Kind.DIGEST,
            resident=resident,
            channel=channel.channel,
            category=DIGEST,
            items=unread,
            to=channel.to,
            window=window,
        )
        work.insert(sendings.COLLECTION, document)
    return wanted


async def _join(work: NotificationsWork, wanted: Mapping[str, Sequence[Item]]) -> None:
    """Put items into digests that were made before, instead of making those again.

    That is true to what the resident was told: an item of a window was asked for before the window's digest went.
    """
    if not wanted:
        return
    existing = await sendings.find_many(work.room.database, list(wanted))
    if not existing:
        return
    made = work.changes.inserts.pop(sendings.COLLECTION)
    for document in made:
        if document["_id"] not in existing:
            work.insert(sendings.COLLECTION, document)
    for identity, sending in existing.items():
        sendings.join(work, sending, wanted[identity])


def _is_read(item: Pending, read_at: Mapping[str, datetime]) -> bool:
    if item.unless_read is None or item.asked_at is None:
        return False
    at = read_at.get(item.unless_read)
    return at is not None and at > item.asked_at
