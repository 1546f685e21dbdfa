"""What messaging says: a resident writes and a flag goes up; staff read, and it comes down."""

from collections.abc import Sequence

from chassis.reactions import Heard, Reactions
from contracts.messaging import ConversationRead, MessageSent
from services.flags.domain.flag import Cause
from services.flags.domain.kinds import Audience, FlagType
from services.flags.store.work import FlagsWork
from services.flags.usecases.raise_flag import RaiseFlag, raise_flag
from services.flags.usecases.see_cause import SeeCause, see_cause

reactions = Reactions()


async def _look_at_written(heard: Sequence[Heard[MessageSent]], work: FlagsWork) -> None:
    await work.look_at_moments(
        message.data.moment_id for message in heard if message.data.sender == "resident"
    )


async def _look_at_read(heard: Sequence[Heard[ConversationRead]], work: FlagsWork) -> None:
    await work.look_at_moments(message.data.moment_id for message in heard if message.data.reader == "staff")


@reactions.on(MessageSent, prepare=_look_at_written)
async def raise_flag_on_message_sent(heard: Heard[MessageSent], work: FlagsWork) -> None:
    """A resident's message raises the practitioner's flag for new messages, or counts on it (R205, R218)."""
    said = heard.data
    if said.sender != "resident":
        return
    cause = Cause(said.message_id, source=said.conversation_id, at=said.sent_at)
    await raise_flag(
        RaiseFlag(said.moment_id, FlagType.NEW_MESSAGE, Audience.PRACTITIONER, cause),
        work,
    )


@reactions.on(ConversationRead, prepare=_look_at_read)
async def take_down_flag_on_conversation_read(heard: Heard[ConversationRead], work: FlagsWork) -> None:
    """What staff have read is new no longer; unread conversations of the moment keep the flag up."""
    said = heard.data
    if said.reader != "staff":
        return
    await see_cause(
        SeeCause(
            said.moment_id,
            FlagType.NEW_MESSAGE,
            source=said.conversation_id,
            up_to=said.up_to,
            by=said.by,
            at=said.read_at,
        ),
        work,
    )
