"""What moments does when notifications has said something."""

from chassis.reactions import Heard, Reactions
from contracts.notifications import ContactChoicesMade
from services.moments.residents.store import contact_choices
from services.moments.work import MomentsWork

reactions = Reactions()


@reactions.on(ContactChoicesMade)
async def remember_choices_on_contact_choices_made(
    heard: Heard[ContactChoicesMade], work: MomentsWork
) -> None:
    """Staff are warned at a start when nothing is switched on (R52)."""
    contact_choices.project(work, heard.data)
