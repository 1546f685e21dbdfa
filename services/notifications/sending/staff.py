"""What goes to staff: addressed by the HSA directory at the moment of sending, worded with unit and link."""

from datetime import datetime

from chassis.tenancy import Tenant
from services.notifications.domain.sending import Next, State
from services.notifications.providers.directory import Directory, DirectoryAwayError
from services.notifications.providers.port import Outgoing
from services.notifications.store.sendings import Sending
from services.notifications.wording import staff_wording

_ASK_AGAIN_SECONDS = 10.0


class StaffDesk:
    """Turns a staff sending into what a provider takes. Nothing that the directory says is kept."""

    def __init__(self, directory: Directory | None, link: str | None) -> None:
        self._directory = directory
        self._link = link

    async def outgoing(self, sending: Sending, region: Tenant, at: datetime) -> Outgoing | Next:
        """The message; or where the sending goes while the directory is away, or without an address in it."""
        if self._directory is None or self._link is None:
            return _away(sending, "directory" if self._directory is None else "link")
        try:
            entry = await self._directory.staff(sending.tenant, sending.resident)
            unit = await self._directory.unit(sending.tenant, sending.items[0].moment)
        except DirectoryAwayError:
            return _away(sending)
        to = None if entry is None else entry.phone if sending.channel == "sms" else entry.email
        if to is None:
            return Next(State.SUPPRESSED, "no_channel")
        sender = region.sms_sender if sending.channel == "sms" else region.mail_from
        return Outgoing(to, sender, staff_wording(unit or sending.items[0].moment, self._link), at)


def _away(sending: Sending, what: str = "directory") -> Next:
    # What was perhaps sent stays what it is until the provider can be asked by the address.
    state = State.UNKNOWN if sending.state is State.UNKNOWN else State.DUE
    return Next(state, "no_answer" if state is State.UNKNOWN else "none", _ASK_AGAIN_SECONDS, code=what)
