"""What moments says: who holds which roles."""

from chassis import grants
from chassis.reactions import Heard, Reactions
from contracts.moments import RolesGranted
from services.notifications.work import NotificationsWork

reactions = Reactions()


@reactions.on(RolesGranted)
async def remember_roles_on_roles_granted(heard: Heard[RolesGranted], work: NotificationsWork) -> None:
    grants.project(work, heard.data.unit_id, heard.data.person_id, heard.data.roles)
