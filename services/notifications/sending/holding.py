"""What is due and does not go: in quiet hours no SMS, and at no hour what the resident has read meanwhile (D21).

Nor does a digest tell of a moment that has ended since it was made: nobody can read it any more (R200, R302).
Looked up at each attempt, before the call: there is no later moment at which something may still be left out.
"""

import structlog

from chassis.timers import set_timer
from chassis.work import Room
from services.notifications.domain.sending import Kind, Next, State
from services.notifications.store import held
from services.notifications.store.sendings import Sending
from services.notifications.usecases.let_go import ENDED
from services.notifications.usecases.notify_resident import QUIET_END, quiet_ends
from services.notifications.work import NotificationsWork

# A code is waited for, and staff are at work.
_QUIET = (Kind.DIRECT, Kind.DIGEST)
_READ = "read"
log = structlog.get_logger("notifications.holding")


async def hold_back(room: Room, due: Sending) -> Next | NotificationsWork | None:
    """Where it goes when all of it was read, or the work that holds it or takes out of it; None: it is to go."""
    work = NotificationsWork(room, due.tenant)
    ends = quiet_ends(work)
    if ends is not None and due.channel == "sms" and due.kind in _QUIET:
        held.hold(work, due, ends)
        # Set with each: the timer may have fired a moment ago, and then fires once more for this one.
        set_timer(work, QUIET_END, held.name_of(ends), ends)
        log.info("sending-held", id=due.id, tenant=due.tenant, until=held.name_of(ends))
        return work
    read = await held.read_meanwhile(work, due)
    # A digest is taken out whole, and is not suppressed: what comes late for its window makes another one.
    if read and len(read) == len(due.items) and due.kind is not Kind.DIGEST:
        return Next(State.SUPPRESSED, _READ)
    if read:
        await held.set_aside(work, due, read, _READ)
        return work
    ended = await held.ended_meanwhile(work, due) if due.kind is Kind.DIGEST else []
    if ended:
        await held.set_aside(work, due, ended, ENDED)
        return work
    return None
