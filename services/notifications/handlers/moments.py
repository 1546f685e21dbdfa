"""What moments says: who holds which roles, what designers wrote for inbox entries, and which moments have ended."""

from collections.abc import Sequence

from chassis import grants
from chassis.reactions import Heard, Reactions
from contracts.moments import MomentEnded, NoticeTextPublished, RolesGranted
from services.notifications.entry_texts import Words
from services.notifications.store import texts
from services.notifications.usecases.let_go import end
from services.notifications.work import NotificationsWork

reactions = Reactions()


@reactions.on(RolesGranted)
async def remember_roles_on_roles_granted(heard: Heard[RolesGranted], work: NotificationsWork) -> None:
    grants.project(work, heard.data.unit_id, heard.data.person_id, heard.data.roles)


@reactions.on(NoticeTextPublished)
async def keep_text_on_notice_text_published(
    heard: Heard[NoticeTextPublished], work: NotificationsWork
) -> None:
    said = heard.data
    texts.remember(work, said.text_id, Words(said.heading, said.body))


async def _look_up(heard: Sequence[Heard[MomentEnded]], work: NotificationsWork) -> None:
    moments = [message.data.moment_id for message in heard]
    await work.intake.look_up(notices=(), moments=moments, direct=(), conversations=())


@reactions.on(MomentEnded, prepare=_look_up)
async def let_go_on_moment_ended(heard: Heard[MomentEnded], work: NotificationsWork) -> None:
    said = heard.data
    if not work.intake.is_purged(said.moment_id):
        await end(work, said.moment_id, said.resident_id)
