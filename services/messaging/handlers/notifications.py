"""What notifications says: which channels a resident has switched on."""

from chassis.reactions import Heard, Reactions
from contracts.notifications import ContactChoicesMade
from services.messaging.store import contacts
from services.messaging.store.work import MessagingWork

reactions = Reactions()


@reactions.on(ContactChoicesMade)
async def remember_channels_on_contact_choices_made(
    heard: Heard[ContactChoicesMade], work: MessagingWork
) -> None:
    """Whoever writes to a resident without SMS and e-mail is told so (R172)."""
    contacts.project(work, heard.data.resident_id, sms=heard.data.sms, email=heard.data.email)
