"""A running moment goes on with a later MINOR version: it gains what is new and keeps what was chosen for it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.moments.moments.domain.errors import MomentEndedError
from services.moments.moments.domain.events import EndReason, VersionApplied
from services.moments.moments.domain.module import ModuleRun, ModuleState
from services.moments.moments.domain.moment import Moment
from services.moments.moments.domain.new_version import apply_version
from services.moments.programs.definitions.reading import read_definition
from services.moments.tests.test_definitions import SMALL
from services.moments.tests.test_release_chain import MINOR
from services.moments.tests.world import ANNA, KARIN, UNIT

AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
BEFORE, AFTER = read_definition(SMALL), read_definition(MINOR)


def a_moment() -> Moment:
    moment = Moment(
        "mom-1",
        "res-1",
        UNIT,
        "prov",
        "1.0",
        messaging=False,
        started_at=AT,
        started_on=date(2026, 11, 20),
        practitioner=ANNA,
        modules=[
            ModuleRun(module.code, 3, visible_steps=module.visible_from_start) for module in BEFORE.modules
        ],
    )
    moment.begin(["forst"], by=ANNA)
    moment.events.clear()
    return moment


@pytest.mark.decision("D29")
def test_new_modules_wait_and_new_steps_show_where_the_program_means_them_to() -> None:
    moment = a_moment()

    apply_version(moment, BEFORE, AFTER, at=AT, by=KARIN)

    assert [(run.code, run.state) for run in moment.modules] == [
        ("forst", ModuleState.ONGOING),
        ("mitt", ModuleState.UPCOMING),
        ("sedan", ModuleState.UPCOMING),
    ]
    assert moment.module("forst").visible_steps == {"ett", "nytt"}
    assert moment.program_version == "1.1"
    assert moment.events == [VersionApplied("1.1", AT, KARIN)]


@pytest.mark.decision("D29")
def test_what_staff_have_chosen_stays_chosen() -> None:
    moment = a_moment()
    moment.choose_steps("forst", frozenset())

    apply_version(moment, BEFORE, AFTER, at=AT, by=KARIN)

    assert moment.module("forst").visible_steps == {"nytt"}
    assert moment.module("forst").days == 3
    assert moment.module("sedan").visible_steps == {"ett"}


def test_an_ended_moment_stays_on_its_version() -> None:
    moment = a_moment()
    moment.end(EndReason.COMPLETED, at=AT, by=ANNA)

    with pytest.raises(MomentEndedError):
        apply_version(moment, BEFORE, AFTER, at=AT, by=KARIN)


@pytest.mark.decision("D29")
@pytest.mark.parametrize("version", ["1.0", "1.1", "2.2", "0.9"])
def test_no_moment_goes_back_or_on_to_another_major_version(version: str) -> None:
    moment = a_moment()
    apply_version(moment, BEFORE, AFTER, at=AT, by=KARIN)

    with pytest.raises(ValueError, match=version):
        apply_version(moment, AFTER, replace(BEFORE, version=version), at=AT, by=KARIN)

    assert len(moment.modules) == 3
