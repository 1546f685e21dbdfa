"""Conversations: who may write, what is unread, and when a conversation may be named or removed."""

from datetime import UTC, datetime, timedelta

import pytest

from services.messaging.domain.conversation import (
    Conversation,
    ConversationHasMessagesError,
    Read,
    TitleNotYoursError,
    Written,
)
from services.messaging.domain.message import Message
from services.messaging.domain.moment import (
    AccessEndedError,
    MessagingOffError,
    Moment,
    MomentEndedError,
    MomentMaintainedError,
)
from services.messaging.domain.people import Author, Notify, Side
from services.messaging.domain.text import MessageText

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ANNA = Author(Side.STAFF, "SE2321000131-P1", "Anna")
OTTO = Author(Side.STAFF, "SE2321000131-P2", "Otto")
ALICE = Author(Side.RESIDENT, "res-alice")


def a_moment(*, messaging: bool = True, ended: bool = False) -> Moment:
    return Moment("mom-1", "res-alice", "unit", messaging=messaging, ended_at=NOW if ended else None)


def a_conversation(moment: Moment, by: Author = ANNA) -> Conversation:
    return Conversation.open(moment, id="con-1", title=None, by=by, at=NOW)


def written(conversation: Conversation, moment: Moment, by: Author, id: str = "msg-1") -> Message:
    return conversation.write(moment, id=id, by=by, text=MessageText("Hej"), notify=Notify.NONE, at=NOW)


@pytest.mark.rule("R155")
@pytest.mark.parametrize("by", [ANNA, ALICE])
def test_both_sides_can_start_a_conversation_and_write(by: Author) -> None:
    moment = a_moment()
    conversation = a_conversation(moment, by)

    message = written(conversation, moment, by)

    assert (message.number, message.author) == (1, by)
    assert conversation.unread == {by.side: 0, by.side.other: 1}
    assert [type(event) for event in conversation.events] == [Written]


@pytest.mark.rule("R154")
def test_without_messaging_in_the_program_nobody_writes() -> None:
    with pytest.raises(MessagingOffError):
        a_conversation(a_moment(messaging=False))


@pytest.mark.rule("R302")
def test_an_ended_moment_refuses_new_messages_and_the_resident() -> None:
    moment = a_moment()
    conversation = a_conversation(moment)
    moment.end(NOW)

    with pytest.raises(MomentEndedError):
        written(conversation, moment, ANNA)
    with pytest.raises(MomentEndedError):
        a_conversation(moment)
    with pytest.raises(AccessEndedError):
        moment.must_be_open_to_the_resident(NOW)


@pytest.mark.rule("R176")
@pytest.mark.decision("D9", "D10", "D11")
def test_in_maintenance_the_history_is_read_and_neither_side_writes() -> None:
    moment = a_moment()
    conversation = a_conversation(moment)
    written(conversation, moment, ALICE)
    moment.maintain(NOW + timedelta(days=7))

    for by in (ANNA, ALICE):
        with pytest.raises(MomentMaintainedError):
            written(conversation, moment, by, "msg-2")
        with pytest.raises(MomentMaintainedError):
            a_conversation(moment, by)
    with pytest.raises(MomentMaintainedError):
        conversation.rename(moment, "Sömn", ANNA)
    moment.must_be_open_to_the_resident(NOW)
    with pytest.raises(AccessEndedError):
        moment.must_be_open_to_the_resident(NOW + timedelta(days=7))

    moment.resume()
    moment.must_be_open_to_the_resident(NOW + timedelta(days=7))
    assert written(conversation, moment, ANNA, "msg-2").number == 2


@pytest.mark.rule("R177")
def test_reading_is_said_once_up_to_the_last_message_of_the_other_side() -> None:
    moment = a_moment()
    conversation = a_conversation(moment)
    written(conversation, moment, ALICE, "msg-1")
    written(conversation, moment, ALICE, "msg-2")
    written(conversation, moment, ANNA, "msg-3")
    conversation.events.clear()

    assert conversation.read(moment, ANNA, NOW) == 0
    assert conversation.read(moment, OTTO, NOW) is None

    assert conversation.events == [Read("msg-2", "mom-1", "res-alice", ANNA, NOW)]
    assert conversation.unread == {Side.STAFF: 0, Side.RESIDENT: 1}


def test_a_message_is_sent_later_than_the_other_side_last_read() -> None:
    moment = a_moment()
    conversation = a_conversation(moment)
    written(conversation, moment, ANNA)
    read_at = NOW + timedelta(milliseconds=10)
    conversation.read(moment, ALICE, read_at)

    # The clock of its unit of work was read before the resident's.
    message = written(conversation, moment, ANNA, "msg-2")
    answer = written(conversation, moment, ALICE, "msg-3")

    assert message.sent_at > read_at
    assert (conversation.events[-2].at, answer.sent_at) == (message.sent_at, NOW)


@pytest.mark.rule("R160")
def test_a_conversation_can_be_removed_until_its_first_message() -> None:
    moment = a_moment()
    conversation = a_conversation(moment)
    conversation.must_be_removable()

    written(conversation, moment, ANNA)

    with pytest.raises(ConversationHasMessagesError):
        conversation.must_be_removable()


@pytest.mark.rule("R158")
@pytest.mark.decision("D49")
def test_the_creator_names_a_conversation_until_the_first_message_and_then_staff_do() -> None:
    moment = a_moment()
    conversation = a_conversation(moment, ALICE)
    conversation.rename(moment, "Sömn", ALICE)
    with pytest.raises(TitleNotYoursError):
        conversation.rename(moment, "Annat", ANNA)

    written(conversation, moment, ALICE)

    with pytest.raises(TitleNotYoursError):
        conversation.rename(moment, "Annat", ALICE)
    conversation.rename(moment, "Sömn och vila", OTTO)
    assert conversation.title == "Sömn och vila"


def test_an_empty_conversation_is_seen_only_by_the_side_that_opened_it() -> None:
    moment = a_moment()
    conversation = a_conversation(moment, ANNA)

    assert not conversation.is_seen_by(Side.RESIDENT)
    written(conversation, moment, ANNA)
    assert conversation.is_seen_by(Side.RESIDENT)
