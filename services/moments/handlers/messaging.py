"""What moments does when messaging has said something: a resident who writes is active (R236, D26)."""

from collections.abc import Sequence

from chassis.errors import NotFoundError
from chassis.keys import SubjectPurgedError
from chassis.reactions import Heard, Reactions
from contracts.messaging import MessageSent
from services.moments.moments.store import activity
from services.moments.work import MomentsWork

reactions = Reactions()


async def _with_moments(heard: Sequence[Heard[MessageSent]], work: MomentsWork) -> None:
    await work.moments.load(message.data.moment_id for message in heard if message.data.sender == "resident")


@reactions.on(MessageSent, prepare=_with_moments)
async def note_activity_on_message_sent(heard: Heard[MessageSent], work: MomentsWork) -> None:
    """What staff write is no activity, and a purged moment gets none any more."""
    said = heard.data
    if said.sender != "resident":
        return
    if await work.moments.find(said.moment_id) is None:
        if await work.room.keyring.is_destroyed_many(work.tenant, [said.moment_id]):
            raise SubjectPurgedError(said.moment_id)
        raise NotFoundError(f"There is no moment {said.moment_id} here.", id=said.moment_id)
    activity.record(work, said.moment_id, said.sent_at)
