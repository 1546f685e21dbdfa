"""What may have been read before it goes, when it goes: without what the resident has read meanwhile (D21).

Looked up at each attempt, before the call: there is no later moment at which something may still be left out.
"""

from chassis.work import Room
from services.notifications.domain.sending import Kind, Next, State
from services.notifications.store import held
from services.notifications.store.sendings import Sending
from services.notifications.work import NotificationsWork


async def hold_back(room: Room, due: Sending) -> Next | NotificationsWork | None:
    """Where it goes when all of it was read, or the work that takes out what was; None when it is to go as it is."""
    work = NotificationsWork(room, due.tenant)
    read = await held.read_meanwhile(work, due)
    if not read:
        return None
    # A digest is taken out whole, and is not suppressed: what comes late for its window makes another one.
    if len(read) == len(due.items) and due.kind is not Kind.DIGEST:
        return Next(State.SUPPRESSED, "read")
    await held.set_aside(work, due, read)
    return work
