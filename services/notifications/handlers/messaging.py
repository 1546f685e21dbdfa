"""What messaging says: that a conversation was read, so that nobody is told of what they have seen."""

from collections.abc import Sequence

from chassis.reactions import Heard, Reactions
from contracts.messaging import ConversationRead
from services.notifications.store import reads
from services.notifications.work import NotificationsWork

reactions = Reactions()


async def _look_up(heard: Sequence[Heard[ConversationRead]], work: NotificationsWork) -> None:
    moments = [message.data.moment_id for message in heard]
    await work.intake.look_up(notices=(), moments=moments, direct=(), conversations=())


@reactions.on(ConversationRead, prepare=_look_up)
async def remember_reading_on_conversation_read(
    heard: Heard[ConversationRead], work: NotificationsWork
) -> None:
    said = heard.data
    if said.reader == "resident" and not work.intake.is_purged(said.moment_id):
        work.intake.unless_purged(said.moment_id)
        reads.mark(
            work, said.conversation_id, moment=said.moment_id, resident=said.resident_id, read_at=said.read_at
        )
