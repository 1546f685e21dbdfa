"""A moment has ended: what waits for a batch or for its day is told to nobody, because nobody can read it (R200, R302).

What is being sent at once is not called back: it was true when it was asked for. What was asked for while the moment
ended, in the same batch or by another worker, knew nothing of the end and was not seen by it: it is looked for again
soon, and whoever flushes a window or attempts a digest leaves out what has ended by then.
"""

from datetime import timedelta

from chassis.mongo import Document
from chassis.timers import Timer, cancel_timer, set_timer
from services.notifications.domain.notices import Asked
from services.notifications.store import endings, entries, ids, pending, sendings
from services.notifications.store.pending import Pending
from services.notifications.work import NotificationsWork

ENDED = "ended"
LOOK_AGAIN = "let_go"
# Longer than any batch takes that was begun before the end was known.
_AGAIN_AFTER = timedelta(minutes=5)


async def end(work: NotificationsWork, moment: str, resident: str) -> None:
    """Suppress what waits of an ended moment, and remember that it has ended for what comes late."""
    work.intake.unless_purged(moment)
    endings.mark(work, moment, resident)
    set_timer(work, LOOK_AGAIN, moment, work.now + _AGAIN_AFTER)
    await _let_go(work, moment, resident)


async def look_again(timer: Timer, work: NotificationsWork) -> None:
    """Suppress what came to wait while the moment ended."""
    resident = await endings.resident_of(work, timer.key)
    if resident is not None:
        await _let_go(work, timer.key, resident)


def forget(work: NotificationsWork, moment: str) -> None:
    """The moment is purged: nothing of it is looked for any more."""
    cancel_timer(work, LOOK_AGAIN, moment)


async def _let_go(work: NotificationsWork, moment: str, resident: str) -> None:
    for waiting in await pending.of_resident(work.room.database, work.tenant, resident):
        if waiting.item.moment == moment:
            pending.take_back(work, waiting)
            suppress_waiting(work, waiting)


def suppress_waiting(work: NotificationsWork, waiting: Pending) -> None:
    """Suppress what waits of an ended moment; the caller takes it out of what waits."""
    _suppress(work, waiting.resident, waiting.written["notice"], waiting.written, waiting.entry)


def suppress_late(work: NotificationsWork, asked: Asked) -> None:
    """Suppress what is asked for a batch or a day of a moment that has ended; it is recorded like any other."""
    work.intake.record(asked, None)
    _suppress(work, asked.resident, asked.notice, sendings.written(asked.item), entries.content(asked))


def _suppress(
    work: NotificationsWork, resident: str, notice: str, item: Document, entry: Document | None
) -> None:
    identity = ids.id_of(work, "none", notice)
    sendings.keep(work, sendings.suppressed(work, identity, resident, [item], ENDED))
    if entry is not None:
        sendings.keep(work, entries.withheld(work, resident, item, entry, ENDED))
