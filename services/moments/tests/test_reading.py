"""What a resident reaches and has read in a moment: order, read marks, completion, bookmarks."""

from dataclasses import replace

import pytest

from services.moments.moments.domain.errors import (
    ModuleEndedError,
    MomentMaintainedError,
    NoSuchModuleError,
    StepNotUnlockedError,
)
from services.moments.moments.domain.maintenance import Maintenance
from services.moments.moments.domain.moment import Moment
from services.moments.moments.domain.progress import ModuleDone, ProgramDone, Progress
from services.moments.moments.domain.reading import Reading
from services.moments.programs.domain.program import StepNotFoundError
from services.moments.programs.domain.sections import FormReference
from services.moments.tests.builders import AT, TODAY, a_moment, a_program, a_reading, started


def maintained(moment: Moment, *modules: str) -> Moment:
    moment.maintain(Maintenance.of(frozenset(modules), days=7, today=TODAY, zone=AT.tzinfo), at=AT, by="anna")  # type: ignore[arg-type]
    return moment


def unlocked(reading: Reading, module: str = "start") -> str:
    return "".join(step for step in "abcdef" if reading.is_accessible(module, step))


@pytest.mark.rule("R80")
@pytest.mark.decision("D15")
def test_the_first_time_steps_are_opened_in_their_order() -> None:
    reading = a_reading()

    with pytest.raises(StepNotUnlockedError):
        reading.turn_to("start", "b", by="res-1")
    assert unlocked(reading) == "a"
    for step in "abc":
        assert reading.turn_to("start", step, by="res-1").code == step


@pytest.mark.rule("R81")
def test_among_opened_steps_the_resident_goes_freely_and_marks_stay() -> None:
    reading = a_reading(read="ab")
    first = dict(reading.progress.read)

    for step in "bab":
        reading.turn_to("start", step, by="res-1")

    assert reading.progress.read == first


@pytest.mark.decision("D15")
def test_a_program_may_switch_the_order_off() -> None:
    assert unlocked(a_reading(ordered=False)) == "abc"


@pytest.mark.rule("R80")
@pytest.mark.decision("D15")
def test_a_hidden_step_is_skipped_in_the_order_and_does_not_exist() -> None:
    moment = a_moment()
    moment.choose_steps("start", frozenset("ac"))
    reading = a_reading(moment, read="a")

    assert reading.turn_to("start", "c", by="res-1").code == "c"
    with pytest.raises(StepNotFoundError):
        reading.turn_to("start", "b", by="res-1")


@pytest.mark.decision("D15")
def test_a_step_that_is_shown_later_locks_no_step_that_was_opened() -> None:
    moment = a_moment()
    moment.choose_steps("start", frozenset("bc"))
    reading = a_reading(moment, read="b")

    moment.choose_steps("start", frozenset("abc"))

    assert unlocked(reading) == "ab"


@pytest.mark.decision("D15")
def test_modules_do_not_wait_for_each_other() -> None:
    moment = a_moment()
    started(moment, "vanor")

    assert a_reading(moment).turn_to("vanor", "d", by="res-1").code == "d"


@pytest.mark.rule("R95")
def test_a_form_that_is_not_filled_in_locks_nothing_after_it() -> None:
    program = a_program()
    begin, *others = program.modules
    form = replace(begin.steps[0], sections=(FormReference("kostdagbok"),))
    begin = replace(begin, steps=(form, *begin.steps[1:]), forms=("levnadsvanor",))
    reading = Reading(a_moment(), replace(program, modules=(begin, *others)), Progress("mom-1"), AT)

    opened = [reading.turn_to("start", step, by="res-1").code for step in "abc"]

    assert opened == ["a", "b", "c"]


@pytest.mark.rule("R66")
def test_an_upcoming_module_does_not_exist_for_the_resident() -> None:
    with pytest.raises(NoSuchModuleError):
        a_reading().turn_to("vanor", "d", by="res-1")


@pytest.mark.rule("R83")
def test_staff_are_told_which_steps_the_resident_cannot_open() -> None:
    moment = a_moment()
    reading = a_reading(moment, read="a")

    assert [reading.is_accessible("start", step) for step in "abc"] == [True, True, False]
    assert not reading.is_accessible("vanor", "d")
    moment.choose_steps("start", frozenset("bc"))
    assert not reading.is_accessible("start", "a")


@pytest.mark.rule("R84")
def test_a_step_is_read_once_it_has_been_opened() -> None:
    reading = a_reading()
    run = reading.moment.module("start")
    a, b, _ = reading.steps_shown(run)

    reading.turn_to("start", "a", by="res-1")

    assert (reading.is_read(run, a), reading.is_read(run, b)) == (True, False)
    assert reading.progress.read == {("start", "a"): AT}


@pytest.mark.rule("R86", "R94")
@pytest.mark.decision("D17")
def test_a_module_is_completed_when_all_that_is_shown_is_read_and_that_is_said_once() -> None:
    reading = a_reading(read="ab")
    run = reading.moment.module("start")
    assert not reading.is_completed(run)

    for _ in range(2):
        reading.turn_to("start", "c", by="res-1")

    assert reading.is_completed(run)
    assert reading.progress.events == [ModuleDone("start", AT, "res-1")]


@pytest.mark.decision("D17")
def test_a_step_shown_later_makes_a_module_incomplete_and_completing_it_is_not_said_again() -> None:
    moment = a_moment()
    moment.choose_steps("start", frozenset("ab"))
    reading = a_reading(moment, read="a")
    reading.turn_to("start", "b", by="res-1")

    moment.choose_steps("start", frozenset("abc"))
    before = reading.is_completed(moment.module("start"))
    reading.turn_to("start", "c", by="res-1")

    assert (before, reading.is_completed(moment.module("start"))) == (False, True)
    assert reading.progress.events == [ModuleDone("start", AT, "res-1")]


@pytest.mark.decision("D17")
def test_a_module_is_completed_too_when_staff_hide_what_is_unread_of_it() -> None:
    moment = a_moment()
    reading = a_reading(moment, read="ab")

    moment.choose_steps("start", frozenset("ab"))
    reading.say_completed(by="anna")

    assert reading.progress.events == [ModuleDone("start", AT, "anna")]


@pytest.mark.rule("R94")
def test_the_program_is_completed_when_nothing_is_upcoming_and_all_is_read_or_ended() -> None:
    moment = a_moment()
    reading = a_reading(moment, read="abc")
    reading.say_completed(by="res-1")
    started(moment, "vanor", "framat")
    reading.turn_to("vanor", "d", by="res-1")
    assert not any(isinstance(event, ProgramDone) for event in reading.progress.events)

    moment.end_module("framat", at=AT, by="anna")
    for _ in range(2):
        reading.say_completed(by="anna")

    assert reading.progress.events == [
        ModuleDone("start", AT, "res-1"),
        ModuleDone("vanor", AT, "res-1"),
        ProgramDone(AT, "anna"),
    ]


def test_a_program_of_which_nothing_was_read_is_not_completed_by_ending_its_modules() -> None:
    moment = a_moment()
    started(moment, "vanor", "framat")
    for code in ("start", "vanor", "framat"):
        moment.end_module(code, at=AT, by="anna")
    reading = a_reading(moment)

    reading.say_completed(by="anna")

    assert reading.progress.events == []


@pytest.mark.rule("R305")
@pytest.mark.decision("D16")
def test_an_ended_module_is_read_in_any_order_and_nothing_is_marked_in_it() -> None:
    moment = a_moment()
    moment.end_module("start", at=AT, by="anna")
    reading = a_reading(moment)

    assert reading.turn_to("start", "c", by="res-1").code == "c"
    assert reading.progress == Progress("mom-1")
    with pytest.raises(ModuleEndedError):
        reading.bookmark("start", "c")


@pytest.mark.rule("R290", "R293")
def test_in_maintenance_chosen_modules_alone_are_read_and_nothing_is_marked() -> None:
    moment = a_moment()
    started(moment, "vanor")
    reading = a_reading(maintained(moment, "vanor"))

    assert reading.turn_to("vanor", "d", by="res-1").code == "d"
    assert reading.progress == Progress("mom-1")
    with pytest.raises(NoSuchModuleError):
        reading.turn_to("start", "a", by="res-1")
    with pytest.raises(MomentMaintainedError):
        reading.bookmark("vanor", "d")


@pytest.mark.rule("R366")
def test_a_bookmark_is_found_in_the_overview_until_it_is_taken_out() -> None:
    reading = a_reading(read="ab")

    for step in "ba":
        reading.bookmark("start", step)
    assert [step.code for _, step in reading.bookmarked()] == ["a", "b"]
    reading.progress.remove_bookmark(("start", "a"))

    assert [step.code for _, step in reading.bookmarked()] == ["b"]


@pytest.mark.rule("R366")
def test_what_cannot_be_opened_is_not_bookmarked_and_a_hidden_bookmark_is_not_shown() -> None:
    moment = a_moment()
    reading = a_reading(moment, read="a")
    with pytest.raises(StepNotUnlockedError):
        reading.bookmark("start", "c")
    reading.bookmark("start", "a")

    moment.choose_steps("start", frozenset("bc"))

    assert reading.bookmarked() == []


def test_the_progress_meter_counts_what_is_read_of_what_is_shown() -> None:
    moment = a_moment()
    reading = a_reading(moment, read="ab")
    before = reading.share()
    started(moment, "vanor")
    after = reading.share()
    moment.choose_steps("start", frozenset("c"))

    assert (before.read, before.steps, before.percent) == (2, 3, 66)
    assert (after.read, after.steps, after.percent) == (2, 4, 50)
    assert reading.share().percent == 0
    moment.set_upcoming("start", at=AT, by="anna")
    moment.set_upcoming("vanor", at=AT, by="anna")
    assert reading.share().percent == 0
