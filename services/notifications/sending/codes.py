"""What goes to a number or address that waits to be confirmed: its code, as long as it is the one that counts."""

from datetime import datetime

from chassis.sealing import Sealer
from chassis.work import Room, Work
from services.notifications.domain.sending import Next, State
from services.notifications.store.contacts import CODE_SEALED_AS, Contacts
from services.notifications.store.sendings import Sending


async def to_tell(room: Room, sending: Sending, to: str, sealer: Sealer, now: datetime) -> str | Next:
    """The code; or where the sending goes when it would confirm nothing any more, as when there is a newer one.

    What was perhaps sent is still told, so that the provider can be asked for it.
    """
    if sending.sealed_code is None:
        return Next(State.SUPPRESSED, "outdated")
    code = sealer.unseal_text(CODE_SEALED_AS, sending.sealed_code)
    if sending.state is State.UNKNOWN:
        return code
    choices = await Contacts(Work(room, sending.tenant)).find(sending.resident)
    counts = choices is not None and choices.waits_for(sending.channel, to, code, now)
    return code if counts else Next(State.SUPPRESSED, "outdated")
