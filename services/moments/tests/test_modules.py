"""Modules of a moment: ended, set back, adjusted to the resident; days are advice and no more."""

from datetime import timedelta

import pytest

from services.moments.moments.domain.errors import (
    DaysOutOfRangeError,
    ModuleEndedError,
    ModuleNotOngoingError,
    ModuleNotUpcomingError,
    NoSuchModuleError,
)
from services.moments.moments.domain.events import ModuleClosed, ModuleOpened, ModulePutBack
from services.moments.moments.domain.module import MOST_DAYS, ModuleState
from services.moments.tests.builders import AT, TODAY, a_moment, started


@pytest.mark.rule("R67")
def test_the_practitioner_ends_a_module_and_starts_the_next() -> None:
    moment = a_moment()

    moment.end_module("start", at=AT, by="anna")
    started(moment, "vanor")

    assert moment.module("start").state is ModuleState.ENDED
    assert moment.module("start").ended_at == AT
    assert moment.events == [ModuleClosed("start", AT, "anna"), ModuleOpened("vanor", AT, "anna")]


@pytest.mark.rule("R67", "R68")
def test_a_module_that_is_set_back_is_seen_by_the_resident_no_more() -> None:
    moment = a_moment()

    moment.set_upcoming("start", at=AT, by="anna")

    assert moment.modules_shown() == []
    assert moment.module("start").state is ModuleState.UPCOMING
    assert moment.events == [ModulePutBack("start", AT, "anna")]


@pytest.mark.rule("R68", "R74", "R76")
def test_a_module_that_was_set_back_starts_anew_with_other_steps_and_all_its_days() -> None:
    moment = a_moment()
    moment.set_upcoming("start", at=AT, by="anna")
    later = TODAY + timedelta(days=30)

    moment.start_modules({"start": frozenset("ab")}, at=AT, on=later, by="anna")

    assert moment.module("start").visible_steps == frozenset("ab")
    assert moment.module("start").days_left(later) == 7


@pytest.mark.rule("R67")
@pytest.mark.parametrize("state", [ModuleState.UPCOMING, ModuleState.ENDED])
def test_only_an_ongoing_module_is_ended_set_back_or_has_steps_shown_and_hidden(state: ModuleState) -> None:
    moment = a_moment()
    moment.module("start").state = state

    with pytest.raises(ModuleNotOngoingError):
        moment.end_module("start", at=AT, by="anna")
    with pytest.raises(ModuleNotOngoingError):
        moment.set_upcoming("start", at=AT, by="anna")
    with pytest.raises(ModuleNotOngoingError):
        moment.choose_steps("start", frozenset("a"))


@pytest.mark.rule("R73")
def test_several_modules_are_started_at_once() -> None:
    moment = a_moment()

    started(moment, "vanor", "framat")

    assert [len(moment.in_state(state)) for state in ModuleState] == [0, 3, 0]
    assert moment.events == [ModuleOpened("vanor", AT, "anna"), ModuleOpened("framat", AT, "anna")]


@pytest.mark.rule("R73")
@pytest.mark.parametrize(
    ("other", "refusal"), [("start", ModuleNotUpcomingError), ("okand", NoSuchModuleError)]
)
def test_of_several_modules_none_is_started_if_one_cannot_be(other: str, refusal: type[Exception]) -> None:
    moment = a_moment()

    with pytest.raises(refusal):
        moment.start_modules({"vanor": frozenset("d"), other: frozenset()}, at=AT, on=TODAY, by="anna")

    assert moment.module("vanor").is_upcoming and moment.events == []


@pytest.mark.rule("R75")
def test_in_a_running_module_single_steps_are_shown_and_hidden() -> None:
    moment = a_moment()
    started(moment, "vanor")

    moment.choose_steps("vanor", frozenset("e"))

    assert moment.module("vanor").visible_steps == frozenset("e")


@pytest.mark.rule("R76", "R79")
@pytest.mark.parametrize("code", ["start", "vanor"])
def test_the_days_left_of_an_ongoing_and_of_an_upcoming_module_are_changed(code: str) -> None:
    moment = a_moment()
    later = TODAY + timedelta(days=20)

    moment.change_days(code, 10, later)

    assert moment.module(code).days_left(later) == 10


@pytest.mark.rule("R76", "R77", "R79")
@pytest.mark.decision("D2")
def test_days_that_were_added_count_down_to_zero_and_lock_nothing() -> None:
    moment = a_moment()

    moment.change_days("start", 2, TODAY)

    module = moment.module("start")
    assert [module.days_left(TODAY + timedelta(days=gone)) for gone in (0, 1, 2, 3)] == [2, 1, 0, 0]
    assert moment.modules_shown() == [module]


@pytest.mark.rule("R76")
@pytest.mark.parametrize("days", [-1, MOST_DAYS + 1])
def test_a_number_of_days_out_of_range_is_refused(days: int) -> None:
    moment = a_moment()

    with pytest.raises(DaysOutOfRangeError):
        moment.change_days("start", days, TODAY)
    for allowed in (0, MOST_DAYS):
        moment.change_days("start", allowed, TODAY)


@pytest.mark.rule("R76")
def test_an_ended_module_has_no_days_to_change() -> None:
    moment = a_moment()
    moment.end_module("start", at=AT, by="anna")

    with pytest.raises(ModuleEndedError):
        moment.change_days("start", 3, TODAY)
