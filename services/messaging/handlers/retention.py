"""What retention asks: to delete all that is held of a moment, or what is left of a resident, and to answer for it."""

from chassis.erasure import answer_purge, erase, is_asked
from chassis.reactions import Heard, Reactions
from contracts.retention import PurgeRequested
from services.messaging.store.work import MessagingWork

reactions = Reactions()

_OF_MOMENT = {"moments": "moment", "conversations": "moment", "messages": "moment", "drafts": "moment"}
_OF_RESIDENT = {"contacts": "resident"}


@reactions.on(PurgeRequested, alone=True)
async def erase_on_purge_requested(heard: Heard[PurgeRequested], work: MessagingWork) -> None:
    """The key goes first, then the documents with the receipt (R308). Asking again deletes nothing more."""
    said = heard.data
    if not is_asked(work, said):
        return
    remains = await work.moments.any_of_resident(said.resident_id, besides=said.moment_id)
    deleted: dict[str, int] = {}
    if said.scope == "moment":
        deleted = await erase(work, said.moment_id, _OF_MOMENT, forever=True)
    elif not remains:
        deleted = await erase(work, said.resident_id, _OF_RESIDENT, forever=False)
    answer_purge(work, said, deleted, resident_remains=remains)
