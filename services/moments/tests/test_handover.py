"""Handover: the moment ends here and goes on there, linked, with its modules as they stand."""

import pytest

from services.moments.moments.domain.errors import MomentEndedError, SameUnitError
from services.moments.moments.domain.events import (
    Assigned,
    Ended,
    EndReason,
    ModuleClosed,
    ModuleOpened,
    Started,
)
from services.moments.moments.domain.handover import hand_over
from services.moments.moments.domain.moment import Moment, Welcome
from services.moments.moments.domain.progress import Progress
from services.moments.tests.builders import AT, TODAY, a_moment, started

THERE = "SE2321000131-E2"


def handed_over(moment: Moment, unit: str = THERE) -> Moment:
    return hand_over(moment, id="mom-2", unit=unit, at=AT, on=TODAY, by="anna")


@pytest.mark.rule("R306")
@pytest.mark.decision("D32")
def test_both_moments_are_linked_and_the_first_has_moved_to_other_care() -> None:
    moment = a_moment()

    continuing = handed_over(moment)

    assert (continuing.continues, moment.continued_by) == ("mom-1", "mom-2")
    assert moment.events == [Ended(EndReason.MOVED_TO_OTHER_CARE, AT, "anna")]
    assert (continuing.unit, continuing.resident, continuing.program_version) == (THERE, "res-1", "1.0")


@pytest.mark.rule("R306")
def test_the_modules_go_on_as_they_stand_and_are_said_anew() -> None:
    moment = a_moment()
    started(moment, "vanor", steps="e")
    moment.end_module("start", at=AT, by="anna")

    continuing = handed_over(moment)

    assert continuing.modules == moment.modules
    assert continuing.events == [
        Started(AT, "anna"),
        ModuleOpened("start", AT, "anna"),
        ModuleClosed("start", AT, "anna"),
        ModuleOpened("vanor", AT, "anna"),
    ]
    continuing.end_module("vanor", at=AT, by="johan")
    assert moment.module("vanor").ended_at is None


@pytest.mark.rule("R306")
def test_nobody_is_responsible_there_until_somebody_is_chosen() -> None:
    moment = a_moment(welcome=Welcome("Hej från Anna!"))

    continuing = handed_over(moment)
    continuing.events.clear()
    continuing.reassign("johan", at=AT, by="eva")

    assert continuing.welcome == Welcome()
    assert continuing.events == [Assigned("johan", AT, "eva")]


def test_a_handover_to_the_same_unit_or_after_the_end_is_refused() -> None:
    moment = a_moment()
    with pytest.raises(SameUnitError):
        handed_over(moment, moment.unit)

    handed_over(moment)

    with pytest.raises(MomentEndedError):
        handed_over(moment, "SE2321000131-E3")


def test_progress_goes_along_and_is_its_own_from_then_on() -> None:
    progress = Progress("mom-1")
    progress.mark(("start", "a"), AT)
    progress.say_completed(["start"], program=False, at=AT, by="res-1")

    copied = progress.copied_to("mom-2")
    copied.mark(("start", "b"), AT)
    copied.say_completed(["start"], program=False, at=AT, by="res-1")

    assert (copied.id, copied.version, copied.events) == ("mom-2", 0, [])
    assert list(progress.read) == [("start", "a")]
