"""Why what is asked of conversations is not done, said once for both sides; a resident's access may have ended, too."""

from chassis.errors import NotFoundError, StaleError
from chassis.http.refusals import Refusal
from services.messaging.domain.conversation import ConversationHasMessagesError, TitleNotYoursError
from services.messaging.domain.moment import (
    AccessEndedError,
    MessagingOffError,
    MomentEndedError,
    MomentMaintainedError,
)
from services.messaging.domain.text import (
    EmptyMessageError,
    MessageTooLongError,
    TitleTooLongError,
    TooMuchMarkupError,
)

READING = (MessagingOffError, NotFoundError)
WRITING = (*READING, MomentEndedError, MomentMaintainedError)
OPENING = (*WRITING, TitleTooLongError)
FORMATTING = (*WRITING, MessageTooLongError, TooMuchMarkupError)
SENDING = (*FORMATTING, EmptyMessageError)
NAMING = (*OPENING, StaleError, TitleNotYoursError)
REMOVING = (*WRITING, ConversationHasMessagesError)


def of_residents(*refused: Refusal) -> tuple[Refusal, ...]:
    """The same for residents, whose access ends with the moment."""
    return (AccessEndedError, *refused)
