"""A resident says on which channels to be told, and where (R183, R193)."""

from dataclasses import dataclass, field

from chassis.errors import StaleError
from services.notifications.domain.contact import ChannelChoice, ContactChoices
from services.notifications.usecases.addresses import address_of, number_of
from services.notifications.work import NotificationsWork


@dataclass(frozen=True, slots=True)
class MakeContactChoices:
    """What the resident typed; `version` is that of the choices they had read, 0 for none."""

    resident: str
    version: int
    sms_on: bool
    number: str | None = field(repr=False)
    email_on: bool
    address: str | None = field(repr=False)


class ChoicesMadeMeanwhileError(StaleError):
    def __init__(self) -> None:
        super().__init__("The choices were changed meanwhile: read them again.")


async def see_contact_choices(resident: str, work: NotificationsWork) -> ContactChoices:
    """The resident's own choices; all off if none were made."""
    work.audit("contact.seen", resident=resident)
    return await work.contacts.find(resident) or ContactChoices(resident)


async def make_contact_choices(command: MakeContactChoices, work: NotificationsWork) -> ContactChoices:
    """Replace the choices. Raises ChoicesMadeMeanwhileError when the version read is not the latest."""
    choices = await work.contacts.find(command.resident) or ContactChoices(command.resident)
    if choices.version != command.version:
        raise ChoicesMadeMeanwhileError
    choices.choose(
        sms=ChannelChoice(command.sms_on, number_of(command.number) if command.number is not None else None),
        email=ChannelChoice(
            command.email_on, address_of(command.address) if command.address is not None else None
        ),
        at=work.now,
    )
    if choices.version == 0:
        # The key of a resident who was purged seconds ago may still be remembered here, and opens nothing any more.
        await work.room.keyring.ensure(work.tenant, command.resident, fresh=True)
    await work.contacts.save(choices)
    work.audit("contact.changed", resident=command.resident)
    return choices
