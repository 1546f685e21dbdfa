"""What a caller can reach: staff the moments of their own unit, residents their own; all else does not exist."""

from dataclasses import dataclass

from chassis.errors import NotFoundError
from services.messaging.domain.conversation import Conversation
from services.messaging.domain.moment import Moment
from services.messaging.domain.people import Author, Side
from services.messaging.store.work import MessagingWork


@dataclass(frozen=True, slots=True)
class Reached:
    """A moment, and the caller as one of its two sides."""

    moment: Moment
    by: Author


async def reach_moment(moment_id: str, work: MessagingWork, *, name: str = "") -> Reached:
    """The moment if the caller may see its messages. `name` is what the other side sees of the caller.

    Raises NotFoundError, MessagingOffError (R154), and AccessEndedError for a resident when it is over (R302).
    """
    moment = await work.moments.find(moment_id)
    side = Side(work.actor.kind)
    mine = moment is not None and (
        moment.unit == work.actor.unit if side is Side.STAFF else moment.resident == work.actor.id
    )
    if moment is None or not mine:
        raise NotFoundError(f"There is no moment {moment_id} here.", id=moment_id)
    moment.must_have_messages()
    if side is Side.RESIDENT:
        moment.must_be_open_to_the_resident(work.now)
    return Reached(moment, Author(side, work.actor.id, name))


async def reach_conversation(
    conversation_id: str, work: MessagingWork, *, name: str = ""
) -> tuple[Conversation, Reached]:
    """The conversation and its moment. Raises as `reach_moment` does, about the conversation."""
    conversation = await work.conversations.get(conversation_id)
    try:
        reached = await reach_moment(conversation.moment, work, name=name)
    except NotFoundError:
        raise _missing(conversation_id) from None
    if not conversation.is_seen_by(reached.by.side):
        raise _missing(conversation_id)
    return conversation, reached


def _missing(conversation_id: str) -> NotFoundError:
    # Word for word what is said of a conversation that does not exist at all.
    return NotFoundError(f"There is no conversation {conversation_id} here.", id=conversation_id)
