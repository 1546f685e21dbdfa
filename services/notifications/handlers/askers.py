"""What any service asks: that a resident or a member of staff be notified."""

from collections.abc import Sequence

from chassis.reactions import Heard, Reactions
from contracts.notifications import NotifyResident, NotifyStaff
from services.notifications.domain.notices import notice_id
from services.notifications.store.refusals import refuse
from services.notifications.usecases.notify_resident import DedupKeyReusedError, look_up, notify_resident
from services.notifications.usecases.notify_staff import notify_staff
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


async def _look_up_staff(heard: Sequence[Heard[NotifyStaff]], work: NotificationsWork) -> None:
    notices = [notice_id(work.tenant, message.data.dedup_key) for message in heard]
    await work.intake.look_up(notices=notices, moments=(), direct=(), conversations=())
    await work.staff_choices.load(message.data.recipient_id for message in heard)


@reactions.on(NotifyStaff, prepare=_look_up_staff)
async def notify_staff_on_request(heard: Heard[NotifyStaff], work: NotificationsWork) -> None:
    try:
        await notify_staff(heard.data, work)
    except DedupKeyReusedError as refusal:
        refuse(work, heard, refusal.code)
