"""What moments does when retention has said something: it purges and gives its receipt (R308 to R312)."""

from chassis.erasure import answer_purge, erase, is_asked
from chassis.reactions import Heard, Reactions
from contracts.retention import PurgeRequested
from services.moments.lists.store.standings import leave, standings_of
from services.moments.moments.store.lists import has_others
from services.moments.residents.store.residents import begin_leaving, stay, touch
from services.moments.work import MomentsWork

reactions = Reactions()

_OF_MOMENT = {"moments": "moment", "progress": "moment", "standings": "moment", "timeline": "moment"}
_OF_RESIDENT = {"residents": "resident", "contact_choices": "resident"}


@reactions.on(PurgeRequested, alone=True)
async def purge_on_purge_requested(heard: Heard[PurgeRequested], work: MomentsWork) -> None:
    """A moment goes for ever; what is left of the resident goes with the last moment, and may come back."""
    asked = heard.data
    if not is_asked(work, asked):
        return
    if asked.scope == "moment":
        counted, remains = await _purge_moment(asked, work)
    else:
        counted, remains = await _purge_resident(asked, work)
    answer_purge(work, asked, counted, resident_remains=remains)


async def _purge_moment(asked: PurgeRequested, work: MomentsWork) -> tuple[dict[str, int], bool]:
    # Two moments of one resident may be purged side by side: the second must see that the first is gone.
    await touch(work, asked.resident_id)
    for standing in (await standings_of(work, [asked.moment_id])).values():
        leave(work, standing.unit)
    counted = await erase(work, asked.moment_id, _OF_MOMENT, forever=True)
    remains = await has_others(work, resident=asked.resident_id, than=asked.moment_id)
    return counted, remains


async def _purge_resident(asked: PurgeRequested, work: MomentsWork) -> tuple[dict[str, int], bool]:
    is_held = await begin_leaving(work, asked.resident_id)
    if await has_others(work, resident=asked.resident_id, than=asked.moment_id):
        await stay(work, asked.resident_id)
        return {}, True
    if not is_held:
        # A key that is there now is that of a start under way, which brings the resident back.
        return {}, False
    counted = await erase(work, asked.resident_id, _OF_RESIDENT, forever=False)
    return counted, False
