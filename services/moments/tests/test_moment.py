"""A moment's own rules, without anything around it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.moments.moments.domain.errors import (
    ModuleNotUpcomingError,
    MomentEndedError,
    NoSuchModuleError,
    NotResponsibleError,
    StaleMomentError,
)
from services.moments.moments.domain.events import Assigned, Ended, EndReason, ModuleOpened, Started
from services.moments.moments.domain.module import ModuleRun, ModuleState
from services.moments.moments.domain.moment import Moment, Welcome

AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def a_moment() -> Moment:
    moment = Moment(
        id="mom-1",
        resident="res-1",
        unit="SE2321000131-E1",
        program="tobakshjalpen",
        program_version="9.0",
        messaging=True,
        started_at=AT,
        started_on=TODAY,
        practitioner="anna",
        modules=[ModuleRun("om-behandlingen", 7), ModuleRun("steg-1", 14), ModuleRun("steg-2", 14)],
    )
    moment.begin(["om-behandlingen", "steg-1"], by="anna")
    return moment


def started(moment: Moment, code: str) -> None:
    moment.start_modules({code: frozenset({"a"})}, at=AT, on=TODAY, by="anna")


@pytest.mark.rule("R55", "R14")
def test_a_start_says_the_start_the_practitioner_and_each_open_module() -> None:
    moment = a_moment()

    assert moment.events == [
        Started(AT, "anna"),
        Assigned("anna", AT, "anna"),
        ModuleOpened("om-behandlingen", AT, "anna"),
        ModuleOpened("steg-1", AT, "anna"),
    ]


@pytest.mark.rule("R65")
def test_each_module_is_in_exactly_one_state() -> None:
    moment = a_moment()

    assert [len(moment.in_state(state)) for state in ModuleState] == [1, 2, 0]


@pytest.mark.rule("R69", "R70")
def test_an_upcoming_module_is_started_whatever_the_one_before_it_is() -> None:
    moment = a_moment()

    started(moment, "steg-2")

    assert moment.module("steg-2").state is ModuleState.ONGOING
    assert moment.module("steg-1").state is ModuleState.ONGOING


def test_a_module_that_runs_is_not_started_again() -> None:
    moment = a_moment()

    with pytest.raises(ModuleNotUpcomingError):
        started(moment, "steg-1")


def test_a_module_of_another_program_is_unknown() -> None:
    with pytest.raises(NoSuchModuleError):
        started(a_moment(), "knaboj")


@pytest.mark.rule("R76", "R77")
@pytest.mark.decision("D2")
def test_days_left_count_down_to_zero_and_lock_nothing() -> None:
    moment = a_moment()
    module = moment.module("om-behandlingen")

    assert [module.days_left(TODAY + timedelta(days=gone)) for gone in (0, 6, 7, 30)] == [7, 1, 0, 0]
    assert module.state is ModuleState.ONGOING


@pytest.mark.rule("R76")
def test_an_upcoming_module_has_all_its_days() -> None:
    assert a_moment().module("steg-2").days_left(TODAY + timedelta(days=100)) == 14


@pytest.mark.rule("R244")
def test_a_moment_has_gone_on_for_zero_days_on_its_first() -> None:
    moment = a_moment()

    assert (moment.days_gone(TODAY), moment.days_gone(TODAY + timedelta(days=1))) == (0, 1)


@pytest.mark.rule("R256")
def test_a_new_practitioner_is_said_once() -> None:
    moment = a_moment()
    moment.events.clear()

    moment.reassign("bjorn", at=AT, by="eva")
    moment.reassign("bjorn", at=AT, by="eva")

    assert moment.events == [Assigned("bjorn", AT, "eva")]


@pytest.mark.rule("R299")
@pytest.mark.decision("D51")
@pytest.mark.parametrize("reason", list(EndReason))
def test_a_moment_ends_with_a_reason(reason: EndReason) -> None:
    moment = a_moment()
    moment.events.clear()

    moment.end(reason, at=AT, by="anna")

    assert moment.is_ended and moment.end_reason is reason and moment.ended_at == AT
    assert moment.events == [Ended(reason, AT, "anna")]


@pytest.mark.rule("R302")
def test_nothing_happens_after_the_end() -> None:
    moment = a_moment()
    moment.end(EndReason.COMPLETED, at=AT, by="anna")

    with pytest.raises(MomentEndedError):
        started(moment, "steg-2")
    with pytest.raises(MomentEndedError):
        moment.reassign("bjorn", at=AT, by="eva")
    with pytest.raises(MomentEndedError):
        moment.greet(Welcome("Hej!"))
    with pytest.raises(MomentEndedError):
        moment.end(EndReason.OTHER, at=AT, by="anna")


def test_who_has_read_another_version_is_refused() -> None:
    moment = a_moment()
    moment.version = 3

    moment.must_be_at(3)
    with pytest.raises(StaleMomentError):
        moment.must_be_at(2)


def test_only_the_responsible_practitioner_is_the_responsible_one() -> None:
    a_moment().must_be_of("anna")
    with pytest.raises(NotResponsibleError):
        a_moment().must_be_of("bjorn")


def test_a_welcome_text_stays_out_of_what_is_printed() -> None:
    assert "Hej" not in repr(Welcome("Hej Olga"))
