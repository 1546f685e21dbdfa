"""Taking a notice in: it is recorded and counted once, and goes at once or waits for its window.

The same key with the same content is the same notice; with other content it is refused and shown, never guessed at.
"""

from collections.abc import Sequence
from datetime import datetime

from chassis.errors import ConflictError
from chassis.timers import set_timer
from contracts.notifications import NotifyResident
from services.notifications.domain.notices import Asked, notice_id
from services.notifications.domain.sending import Kind
from services.notifications.domain.windows import batch_at, quiet_until, window_of_batched, window_of_due
from services.notifications.store import entries, flushes, held, ids, pending, sendings
from services.notifications.store.held import HeldSms
from services.notifications.store.lines import NONE, EndedLine, say_settled
from services.notifications.usecases.let_go import suppress_late
from services.notifications.work import NotificationsWork

FLUSH = "flush"
QUIET_END = "quiet_end"


class DedupKeyReusedError(ConflictError):
    def __init__(self, notice: str) -> None:
        super().__init__("The dedup key came before with other content: use a new key for it.", notice=notice)


async def look_up(commands: Sequence[NotifyResident], work: NotificationsWork) -> None:
    """Read for a whole batch what the commands depend on."""
    ends = quiet_ends(work)
    if ends is not None:
        residents = {command.recipient_id for command in commands if command.timing == "direct"}
        work.intake.held_before |= await held.find(work, residents, held.name_of(ends))
    if any(command.timing != "direct" for command in commands):
        work.intake.gone = await flushes.latest(work)
    await work.intake.look_up(
        notices=[notice_id(work.tenant, command.dedup_key) for command in commands],
        moments=[command.moment_id for command in commands],
        direct=[command.recipient_id for command in commands if command.timing == "direct"],
        conversations=[c.unless_read for c in commands if c.timing == "direct" and c.unless_read is not None],
        entered=[command.recipient_id for command in commands if command.timing != "at"],
    )


async def notify_resident(command: NotifyResident, work: NotificationsWork) -> None:
    """Take one notice in (R178). Raises DedupKeyReusedError."""
    asked = _asked(command, work)
    known = work.intake.content_of(asked.notice)
    if known is not None:
        if known != asked.content:
            raise DedupKeyReusedError(asked.notice)
        return
    work.accounts.asked(asked.day.isoformat())
    work.accounts.entry(asked.day.isoformat())
    if work.intake.is_purged(asked.moment):
        _forget(asked, work)
        return
    work.intake.unless_purged(asked.moment)
    if asked.timing != "direct" and work.intake.is_ended(asked.moment):
        suppress_late(work, asked)
        return
    if asked.timing != "at":
        _enter(asked, work)
    if asked.timing == "direct":
        _send_at_once(asked, work)
    else:
        _wait_for_window(asked, work)


def _enter(asked: Asked, work: NotificationsWork) -> None:
    """Put the entry in the inbox, whatever is switched on, read or quiet (D22): it wakes nobody."""
    number = work.intake.number_of(asked.resident)
    item = sendings.written(asked.item)
    sendings.keep(work, entries.made(work, asked.resident, item, entries.content(asked), number))


def _asked(command: NotifyResident, work: NotificationsWork) -> Asked:
    return Asked(
        notice=notice_id(work.tenant, command.dedup_key),
        resident=command.recipient_id,
        moment=command.moment_id,
        category=command.category,
        timing=command.timing,
        due_at=command.due_at,
        unless_read=command.unless_read,
        asked_at=command.asked_at,
        # A clock ahead of ours must not put a notice in a day that has not come.
        day=min(command.asked_at, work.now).astimezone(work.region.zone).date(),
        trace=work.trace,
        unit=command.unit_id,
        text=command.text_id,
    )


def _forget(asked: Asked, work: NotificationsWork) -> None:
    """What comes late about a purged moment is counted, and nothing of it is kept."""
    day = asked.day.isoformat()
    work.accounts.fold_notice(day, "suppressed")
    work.intake.remember(asked)
    for channel in (NONE, ids.INBOX):
        work.accounts.fold_line(day, channel, "suppressed")
        line = EndedLine(f"{asked.notice}.{channel}", asked.resident, channel)
        say_settled(work, line, [asked.item], "suppressed", "purged")


def _send_at_once(asked: Asked, work: NotificationsWork) -> None:
    """One sending per active channel, due now (R180); with none active the entry in the inbox is all (R184, D22).

    In quiet hours an SMS is held until they end, as one (D21).
    """
    if work.intake.is_read(asked.unless_read, asked.asked_at):
        work.intake.record(asked, None)
        suppress(asked, work, "read")
        return
    channels = work.intake.reachable(asked.resident)
    ends = quiet_ends(work) if any(channel.channel == "sms" for channel in channels) else None
    work.intake.record(asked, None, None if ends is None else held.name_of(ends))
    if not channels:
        suppress(asked, work, "no_channel")
    for channel in channels:
        if ends is not None and channel.channel == "sms":
            _hold(asked, work, channel.to, ends)
            continue
        document = sendings.new(
            work,
            ids.id_of(work, "direct", asked.notice, channel.channel),
            kind=Kind.DIRECT,
            resident=asked.resident,
            channel=channel.channel,
            category=asked.category,
            items=[sendings.written(asked.held_item)],
            to=channel.to,
        )
        sendings.keep(work, document)


def quiet_ends(work: NotificationsWork) -> datetime | None:
    """When the region's quiet hours end, if it is within them now (D21)."""
    hours = work.region.quiet_hours
    return None if hours is None else quiet_until(work.now, hours.start, hours.end, work.region.zone)


def _hold(asked: Asked, work: NotificationsWork, to: bytes, ends: datetime) -> None:
    name = held.name_of(ends)
    identity = held.id_of(work, asked.resident, name)
    before = work.intake.held_before.get(identity)
    work.intake.held.setdefault(identity, HeldSms(identity, name, before, to)).asked.append(asked)
    # Set with each: the timer may have fired a moment ago, and then fires once more for this one.
    set_timer(work, QUIET_END, name, ends)


def suppress(asked: Asked, work: NotificationsWork, reason: str) -> None:
    """Record that it is not sent, and why."""
    identity = ids.id_of(work, "none", asked.notice)
    items = [sendings.written(asked.item)]
    sendings.keep(work, sendings.suppressed(work, identity, asked.resident, items, reason))


def _wait_for_window(asked: Asked, work: NotificationsWork) -> None:
    """The next batch after the asking (R181), or that of the day it is due (R185, D19)."""
    region, gone = work.region, work.intake.gone
    if asked.due_at is not None:
        window = window_of_due(asked.due_at, work.now, region.batch_time, region.zone, gone)
    else:
        window = window_of_batched(asked.asked_at, work.now, region.batch_time, region.zone, gone)
    work.intake.record(asked, window)
    pending.add(work, asked, window)
    if window not in work.intake.windows:
        work.intake.windows.add(window)
        set_timer(work, FLUSH, window.isoformat(), batch_at(window, region.batch_time, region.zone))
