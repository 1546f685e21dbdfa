"""What any service asks: that a resident be notified."""

from collections.abc import Sequence

from chassis.reactions import Heard, Reactions
from contracts.notifications import NotifyResident
from services.notifications.store.refusals import refuse
from services.notifications.usecases.notify_resident import DedupKeyReusedError, look_up, notify_resident
from services.notifications.work import NotificationsWork

reactions = Reactions()


async def _look_up(heard: Sequence[Heard[NotifyResident]], work: NotificationsWork) -> None:
    await look_up([message.data for message in heard], work)


@reactions.on(NotifyResident, prepare=_look_up)
async def notify_on_request(heard: Heard[NotifyResident], work: NotificationsWork) -> None:
    try:
        await notify_resident(heard.data, work)
    except DedupKeyReusedError as refusal:
        # Raised on, it would be tried for hours while the resident's other notices wait behind it.
        refuse(work, heard, refusal.code)
