"""What was held through quiet hours, when it goes: without what the resident has read meanwhile (D21).

Looked up at each attempt, before the call: there is no later moment at which something may still be left out.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from chassis.changes import Changes, SavedFirstError
from chassis.errors import DuplicateKeyError
from chassis.work import Room
from services.notifications.domain.sending import Next, State
from services.notifications.store import held
from services.notifications.store.claims import Sendings
from services.notifications.store.sendings import Sending
from services.notifications.work import NotificationsWork


async def without_read(
    room: Room, store: Sendings, commit: Callable[[Changes], Awaitable[None]], sending: Sending
) -> Sending | None:
    """The attempted sending with what is unread; None when all of it was read, or somebody else has it now."""
    current: Sending | None = sending
    while current is not None and _is_ours(current, sending):
        work = NotificationsWork(room, current.tenant)
        read = await held.read_meanwhile(work, current)
        if not read:
            return current
        if len(read) == len(current.items):
            return None
        await held.set_aside(work, current, read)
        # Whether it went through or more came in between: it is looked at as it is now.
        with suppress(SavedFirstError, DuplicateKeyError):
            await commit(await work.finish())
        current = await store.get(sending.id)
    return None


def all_read(current: Sending, attempted: Sending) -> Next | None:
    """Where a sending goes of which nothing is left to send; back, if more has come into it since."""
    if not _is_ours(current, attempted):
        return None
    if current.rev == attempted.rev:
        return Next(State.SUPPRESSED, "read")
    return Next(State.DUE, wait=0.0)


def _is_ours(current: Sending, attempted: Sending) -> bool:
    return current.state is State.ATTEMPTING and current.attempts == attempted.attempts
