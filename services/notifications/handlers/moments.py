"""What moments says: who holds which roles, and what designers wrote for inbox entries."""

from chassis import grants
from chassis.reactions import Heard, Reactions
from contracts.moments import NoticeTextPublished, RolesGranted
from services.notifications.entry_texts import Words
from services.notifications.store import texts
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
