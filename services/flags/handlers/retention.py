"""What retention asks: to delete all that is held of a moment and to answer for it.

Flags hold nothing of a resident but what belongs to a moment.
"""

from chassis.erasure import answer_purge, erase, is_asked
from chassis.reactions import Heard, Reactions
from contracts.retention import PurgeRequested
from services.flags.store.work import FlagsWork

reactions = Reactions()


@reactions.on(PurgeRequested, alone=True)
async def erase_on_purge_requested(heard: Heard[PurgeRequested], work: FlagsWork) -> None:
    """Documents go with the receipt, and a mark stays so that nothing late brings the moment back (R308)."""
    said = heard.data
    if not is_asked(work, said):
        return
    remains = await work.moments.any_of_resident(said.resident_id, besides=said.moment_id)
    deleted: dict[str, int] = {}
    if said.scope == "moment":
        held = {"moments": "moment", "flags": "moment"}
        deleted = await erase(work, said.moment_id, held, forever=True)
    elif not remains:
        deleted = await erase(work, said.resident_id, {}, forever=False)
    answer_purge(work, said, deleted, resident_remains=remains)
