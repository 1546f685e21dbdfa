"""What moments does when retention has said something: it purges and gives its receipt (R308 to R312)."""

from chassis.erasure import erase
from chassis.reactions import Heard, Reactions
from contracts.retention import Deleted, PurgeAnswered, PurgeRequested
from services.moments.moments.store.lists import has_others
from services.moments.work import MomentsWork

reactions = Reactions()

_OF_MOMENT = {"moments": "moment", "flags": "moment", "activity": "moment"}
_OF_RESIDENT = {"residents": "resident", "contact_choices": "resident"}


@reactions.on(PurgeRequested)
async def purge_on_purge_requested(heard: Heard[PurgeRequested], work: MomentsWork) -> None:
    """A moment goes for ever; what is left of the resident goes with the last moment, and may come back."""
    asked = heard.data
    remains = await has_others(work, resident=asked.resident_id, than=asked.moment_id)
    counted: dict[str, int] = {}
    destroyed = False
    if asked.scope == "moment":
        counted, destroyed = await erase(work, asked.moment_id, _OF_MOMENT, forever=True)
    elif not remains:
        counted, destroyed = await erase(work, asked.resident_id, _OF_RESIDENT, forever=False)
    work.say(
        PurgeAnswered(
            purge_id=asked.purge_id,
            scope=asked.scope,
            service=work.room.service,
            moment_id=asked.moment_id,
            resident_id=asked.resident_id,
            deleted=[Deleted(collection=name, count=count) for name, count in counted.items()],
            key_destroyed=destroyed,
            resident_remains=remains,
            answered_at=work.now,
        ),
        about=asked.moment_id,
    )
