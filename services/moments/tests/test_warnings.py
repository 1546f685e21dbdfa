"""Which warnings a resident's standing gives, and that each has its text."""

from dataclasses import replace

import pytest

from services.moments.residents.domain.warnings import Standing, StartWarning, warnings_of
from services.moments.wording import notice

WELL = Standing(
    has_logged_in=True, has_notifications=True, is_coordination=False, is_locked=False, is_protected=False
)


def test_a_resident_who_can_be_reached_gives_no_warning() -> None:
    assert warnings_of(WELL) == []


@pytest.mark.parametrize(
    ("standing", "warning"),
    [
        pytest.param(
            replace(WELL, has_logged_in=False), StartWarning.NEVER_LOGGED_IN, marks=pytest.mark.rule("R51")
        ),
        pytest.param(
            replace(WELL, has_notifications=False),
            StartWarning.NO_NOTIFICATIONS,
            marks=pytest.mark.rule("R52"),
        ),
        pytest.param(replace(WELL, is_coordination=True), StartWarning.CANNOT_LOG_IN),
        pytest.param(replace(WELL, is_locked=True), StartWarning.ACCOUNT_LOCKED),
        pytest.param(replace(WELL, is_protected=True), StartWarning.PROTECTED_IDENTITY),
        pytest.param(replace(WELL, is_deceased=True), StartWarning.DECEASED),
    ],
)
def test_each_shortcoming_gives_its_warning(standing: Standing, warning: StartWarning) -> None:
    assert warnings_of(standing) == [warning]


def test_several_shortcomings_give_several_warnings() -> None:
    standing = replace(WELL, has_logged_in=False, has_notifications=False)

    assert warnings_of(standing) == [StartWarning.NEVER_LOGGED_IN, StartWarning.NO_NOTIFICATIONS]


@pytest.mark.rule("R51", "R52", "R376")
def test_the_two_warnings_of_the_manuals_are_worded_as_there() -> None:
    assert notice("never-logged-in").text == "Invånaren har aldrig varit inloggad på 1177 e-tjänster."
    assert notice("no-notifications").text == (
        "Invånaren har inte aktiverat några aviseringar i 1177. Informera gärna invånaren om att aktivera "
        "aviseringar för att inte missa nya meddelanden. Invånaren aktiverar aviseringar under Inställningar i "
        "inloggat läge."
    )


@pytest.mark.parametrize("warning", list(StartWarning))
def test_every_warning_has_a_text(warning: StartWarning) -> None:
    assert notice(warning.value).text
    assert notice(warning.value).text != notice("unexpected").text
