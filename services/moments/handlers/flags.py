"""What moments does when flags has said something: the lists show the flags that stand (R215)."""

from collections.abc import Sequence

from chassis.keys import SubjectPurgedError
from chassis.reactions import Heard, Reactions
from contracts.flags import FlagHandled, FlagRaised
from services.moments.moments.store import flag_counts
from services.moments.work import MomentsWork

reactions = Reactions()


async def _with_moments(heard: Sequence[Heard[FlagRaised]], work: MomentsWork) -> None:
    await work.moments.load(message.data.moment_id for message in heard)


@reactions.on(FlagRaised, prepare=_with_moments)
async def show_flag_on_flag_raised(heard: Heard[FlagRaised], work: MomentsWork) -> None:
    """A flag that comes after its moment was purged has nothing to stand on."""
    moment = heard.data.moment_id
    if await work.moments.find(moment) is None and await work.room.keyring.is_destroyed_many(
        work.tenant, [moment]
    ):
        raise SubjectPurgedError(moment)
    flag_counts.raised(work, heard.data)


@reactions.on(FlagHandled)
async def hide_flag_on_flag_handled(heard: Heard[FlagHandled], work: MomentsWork) -> None:
    """Taken care of, gone from the lists (R216)."""
    flag_counts.handled(work, heard.data)
