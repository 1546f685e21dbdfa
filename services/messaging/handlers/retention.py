"""What retention asks: to delete all that is held of a moment, or what is left of a resident, and to answer for it."""

from chassis.erasure import erase
from chassis.reactions import Heard, Reactions
from contracts.retention import Deleted, PurgeAnswered, PurgeRequested
from services.messaging.store import contacts
from services.messaging.store.work import MessagingWork

reactions = Reactions()

_OF_MOMENT = {"moments": "moment", "conversations": "moment", "messages": "moment", "drafts": "moment"}
_OF_RESIDENT = {"contacts": "resident"}


@reactions.on(PurgeRequested)
async def erase_on_purge_requested(heard: Heard[PurgeRequested], work: MessagingWork) -> None:
    """The key goes first, then the documents with the receipt (R308). Asking again deletes nothing more.

    `key_destroyed` says that no key is left, so a receipt written at a second try says the same.
    """
    said = heard.data
    remains = await work.moments.any_of_resident(said.resident_id, besides=said.moment_id)
    deleted: dict[str, int] = {}
    if said.scope == "moment":
        deleted, _ = await erase(work, said.moment_id, _OF_MOMENT, forever=True)
    elif not remains:
        deleted, _ = await erase(work, said.resident_id, _OF_RESIDENT, forever=False)
        contacts.forget_answers(work, said.resident_id)
    work.say(
        PurgeAnswered(
            purge_id=said.purge_id,
            scope=said.scope,
            service=work.room.service,
            moment_id=said.moment_id,
            resident_id=said.resident_id,
            deleted=[Deleted(collection=name, count=count) for name, count in deleted.items()],
            key_destroyed=said.scope == "moment" or not remains,
            resident_remains=remains,
            answered_at=work.now,
        ),
        about=said.moment_id,
    )
