"""What retention asks: to delete all that is held of a moment and to answer for it.

Flags hold nothing of a resident but what belongs to a moment.
"""

from chassis.erasure import erase
from chassis.reactions import Heard, Reactions
from contracts.retention import Deleted, PurgeAnswered, PurgeRequested
from services.flags.store.work import FlagsWork

reactions = Reactions()


@reactions.on(PurgeRequested)
async def erase_on_purge_requested(heard: Heard[PurgeRequested], work: FlagsWork) -> None:
    """Documents go with the receipt, and a mark stays so that nothing late brings the moment back (R308).

    `key_destroyed` says that no key is left, so a receipt written at a second try says the same.
    """
    said = heard.data
    remains = await work.moments.any_of_resident(said.resident_id, besides=said.moment_id)
    deleted: dict[str, int] = {}
    if said.scope == "moment":
        held = {"moments": "moment", "flags": "moment"}
        deleted, _ = await erase(work, said.moment_id, held, forever=True)
    elif not remains:
        deleted, _ = await erase(work, said.resident_id, {}, forever=False)
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
