"""Taking a delivery receipt: proof that the provider took what it names, however often and whenever it comes."""

from dataclasses import dataclass

from services.notifications.domain.sending import Next, State
from services.notifications.store import sendings
from services.notifications.store.claims import Sendings
from services.notifications.work import NotificationsWork


@dataclass(frozen=True, slots=True)
class TakeReceipt:
    sending: str
    provider_id: str
    status: str


async def take_receipt(command: TakeReceipt, work: NotificationsWork) -> None:
    """Record the receipt; what was due or unknown is sent by it. One that names nothing of ours changes nothing."""
    store = Sendings(work.room.database)
    sending = await store.get(command.sending)
    if sending is None:
        return
    receipt = {"provider_id": command.provider_id, "status": command.status, "at": work.now}
    known = sending.receipt
    if known and (known["provider_id"], known["status"]) == (command.provider_id, command.status):
        return
    free = await store.free(work.room.tenants.slugs, [command.provider_id], for_=sending.id)
    if free and sending.state in (State.DUE, State.UNKNOWN):
        sendings.move(work, sending, Next(State.SENT, provider_id=command.provider_id), receipt=receipt)
        return
    other = sending.state is State.SENT and sending.provider_id != command.provider_id
    sendings.note_receipt(work, sending, receipt, taken_again=bool(free) and other)
