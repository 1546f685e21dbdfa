"""Residents who have said where they want to be told, and have confirmed it by codes that were sent before."""

from services.notifications.domain.contact import ContactChoices, Wish
from services.notifications.work import NotificationsWork

_CODE = "000000"


async def choose_and_confirm(
    work: NotificationsWork, resident: str, number: str | None, address: str | None
) -> None:
    """SMS and e-mail are on where there is somewhere to go; nothing is sent for it."""
    choices = await work.contacts.find(resident) or ContactChoices(resident)
    wishes = {"sms": Wish(number is not None, number), "email": Wish(address is not None, address)}
    for channel in choices.choose(**wishes, at=work.now, draw=lambda: _CODE):
        choices.confirm(channel, _CODE, work.now)
    choices.codes_at = ()
    await work.room.keyring.ensure(work.tenant, resident, fresh=True)
    await work.contacts.save(choices)
