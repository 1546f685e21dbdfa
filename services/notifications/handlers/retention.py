"""What retention asks: that a moment or a resident be forgotten."""

from chassis.erasure import is_asked
from chassis.reactions import Heard, Reactions
from contracts.retention import PurgeRequested
from services.notifications.usecases.purge import purge
from services.notifications.work import NotificationsWork

reactions = Reactions()


@reactions.on(PurgeRequested, alone=True)
async def forget_on_purge_requested(heard: Heard[PurgeRequested], work: NotificationsWork) -> None:
    if is_asked(work, heard.data):
        await purge(heard.data, work)
