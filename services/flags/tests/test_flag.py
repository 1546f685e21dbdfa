"""Flags: what they count, when they are gone, and that a handled one stays so."""

from datetime import UTC, datetime, timedelta

import pytest

from services.flags.domain.flag import Cause, Flag, FlagForResidentError, Handled, Raised
from services.flags.domain.kinds import Audience, FlagType
from services.flags.domain.moment import Moment

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def a_moment() -> Moment:
    return Moment("mom-1", "res-alice", "unit", practitioner="anna")


def a_flag(*messages: str, conversation: str = "con-1", audience: Audience = Audience.PRACTITIONER) -> Flag:
    flag = a_moment().next_flag(FlagType.NEW_MESSAGE, audience, NOW)
    for message in messages:
        flag.raise_for(Cause(message, conversation, NOW))
    return flag


@pytest.mark.rule("R202", "R218")
def test_each_cause_counts_once_however_often_it_is_told() -> None:
    flag = a_flag("msg-1", "msg-2", "msg-1")

    assert flag.count == 2
    assert flag.events == [Raised(1, NOW), Raised(2, NOW)]


def test_reading_up_to_a_message_leaves_the_later_ones_waiting() -> None:
    flag = a_flag("msg-1", "msg-2", "msg-3")

    flag.see("con-1", up_to="msg-2", by="anna", at=LATER)

    assert [cause.id for cause in flag.causes] == ["msg-3"]
    assert flag.is_open


def test_an_unread_conversation_keeps_the_flag_up() -> None:
    flag = a_flag("msg-1")
    flag.raise_for(Cause("msg-2", "con-2", NOW))

    flag.see("con-1", up_to="msg-1", by="anna", at=LATER)
    assert flag.count == 1
    flag.see("con-2", up_to="msg-2", by="anna", at=LATER)

    assert not flag.is_open
    assert flag.events[-1] == Handled("anna", LATER)


def test_where_the_last_read_message_is_unknown_the_times_decide() -> None:
    flag = a_flag("msg-1")
    flag.raise_for(Cause("msg-2", "con-1", LATER + timedelta(seconds=1)))

    flag.see("con-1", up_to="msg-of-staff", by="anna", at=LATER)

    assert [cause.id for cause in flag.causes] == ["msg-2"]


@pytest.mark.rule("R216")
def test_handling_twice_says_it_once_and_the_first_stays_written() -> None:
    flag = a_flag("msg-1")
    flag.handle(by="anna", at=NOW)
    flag.handle(by="otto", at=LATER)
    flag.see("con-1", up_to="msg-1", by="otto", at=LATER)

    assert (flag.handled_by, flag.handled_at) == ("anna", NOW)
    assert flag.events == [Raised(1, NOW), Handled("anna", NOW)]


@pytest.mark.rule("R203")
def test_a_flag_for_the_resident_is_not_for_staff_to_handle() -> None:
    with pytest.raises(FlagForResidentError):
        a_flag(audience=Audience.RESIDENT).must_be_for_staff()


def test_the_id_of_a_flag_says_moment_type_and_which_one_it_is() -> None:
    moment = a_moment()
    first = moment.next_flag(FlagType.NEW_MESSAGE, Audience.PRACTITIONER, NOW)
    second = moment.next_flag(FlagType.NEW_MESSAGE, Audience.PRACTITIONER, NOW)

    assert (first.id, second.id) == ("mom-1.new_message.1", "mom-1.new_message.2")
    assert moment.latest_flags() == [second.id]
