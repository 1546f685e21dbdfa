"""What is handed to a provider for a sending: where to, from whom, and in which words; or where it goes instead.

Everything that has to be looked up for it is looked up here, before the intent is recorded: what waits for a directory
or a text has tried nothing, and a database that fails here has cost nobody their answer.
"""

from dataclasses import dataclass, replace

from chassis.sealing import SealBrokenError
from chassis.work import Room
from services.notifications.domain.sending import Kind, Next, State
from services.notifications.providers.port import Outgoing
from services.notifications.sending.codes import to_tell
from services.notifications.sending.entries import EntryDesk
from services.notifications.sending.holding import hold_back
from services.notifications.sending.staff import StaffDesk
from services.notifications.store import contacts, inboxes, receipts
from services.notifications.store.contacts import SEALED_AS
from services.notifications.store.ids import INBOX
from services.notifications.store.sendings import Sending
from services.notifications.usecases.notify_staff import flag_type_of, see_notices
from services.notifications.wording import code_wording, wording_of
from services.notifications.work import NotificationsWork

_SEALED_AS = {**SEALED_AS, INBOX: inboxes.SEALED_AS}
# What a resident chooses where to get, or whether to.
_CHOSEN = (Kind.DIRECT, Kind.DIGEST)


@dataclass(frozen=True, slots=True)
class Ready:
    """A sending with where it goes as it is chosen now, and what to hand over."""

    sending: Sending
    outgoing: Outgoing


class Preparing:
    """Prepares one sending at a time."""

    def __init__(self, room: Room, staff: StaffDesk, entries: EntryDesk) -> None:
        self._room = room
        self._staff = staff
        self._entries = entries

    async def ready(self, due: Sending) -> Ready | Next | NotificationsWork:
        """What is due, made ready; or where it goes instead, or what is to be written before it can go."""
        instead = await hold_back(self._room, due)
        if instead is None and due.kind is Kind.STAFF and not await self._is_wanted(due):
            instead = Next(State.SUPPRESSED, "no_channel")
        if instead is not None:
            return instead
        outgoing = await self.outgoing(due)
        if isinstance(outgoing, Outgoing) and due.kind in _CHOSEN and due.channel in SEALED_AS:
            # Chosen again since it was asked for, while it was held or a provider was away (R183, R193).
            to = await contacts.present(self._room, due.tenant, due.resident, due.channel)
            if to is None:
                return Next(State.SUPPRESSED, "no_channel")
            if to != due.to:
                due = replace(due, to=to)
                outgoing = await self.outgoing(due)
        if isinstance(outgoing, Next):
            return outgoing
        called = receipts.name_of(self._room.pseudonyms, due.id, due.channel)
        return Ready(due, replace(outgoing, receipts=called))

    async def _is_wanted(self, notice: Sending) -> bool:
        """Whether a member of staff still wants what they had ticked when it was asked for (R188, R189, R192)."""
        choices = await see_notices(notice.resident, NotificationsWork(self._room, notice.tenant))
        return notice.channel in choices.channels_for(flag_type_of(notice.category))

    async def outgoing(self, sending: Sending) -> Outgoing | Next:
        """What to hand over; where the sending goes when there is nobody to hand it to, as after a purge."""
        region = self._room.tenants.by_slug(sending.tenant)
        now = self._room.clock.now()
        if sending.kind is Kind.STAFF:
            return await self._staff.outgoing(sending, region, now)
        sealers = await self._room.keyring.load_many(sending.tenant, [sending.resident])
        if sending.resident not in sealers or sending.to is None:
            return Next(State.SUPPRESSED, "purged")
        try:
            sealer = sealers[sending.resident]
            to = sealer.unseal_text(_SEALED_AS[sending.channel], sending.to)
            is_code = sending.kind is Kind.CODE
            code = await to_tell(self._room, sending, to, sealer, now) if is_code else None
        except SealBrokenError:
            # Sealed with a key that is no more; the resident has come back since and has another.
            return Next(State.SUPPRESSED, "purged")
        if isinstance(code, Next):
            return code
        if sending.channel == INBOX:
            return await self._entries.outgoing(sending, region, to, now)
        sender = region.sms_sender if sending.channel == "sms" else region.mail_from
        wording = wording_of(region, sending.told) if code is None else code_wording(code)
        return Outgoing(to, sender, wording, now)
